// Habits that a scan of the text can see: names, exports, module state, the environment, unsafe types, first lines.
import { describe, expect, test } from "bun:test";
import { basename } from "node:path";
import { exceptions, type Exception } from "./exceptions.ts";
import { sourceFiles, type SourceFile } from "./source-files.ts";

const files = sourceFiles();
const generated = (file: SourceFile) => file.path.includes(".gen.") || file.path.endsWith(".d.ts");
const written = files.filter((file) => !generated(file));
const product = written.filter(
  (file) => /^(shared|catalog|controller|skylet)\//.test(file.path) && !file.path.includes(".test."),
);

const bannedNames = new Set([
  "utils",
  "util",
  "helpers",
  "helper",
  "common",
  "misc",
  "base",
  "manager",
  "handler",
  "services",
  "types",
  "index",
]);

/** Paths that match and are not excepted; exceptions that no longer match. */
function unexpected(paths: readonly string[], allowed: readonly Exception[]): { paths: string[]; stale: string[] } {
  const names = allowed.map((each) => each.breach);
  return { paths: paths.filter((path) => !names.includes(path)), stale: names.filter((name) => !paths.includes(name)) };
}

const none = { paths: [], stale: [] };

describe("house/habits", () => {
  test("files and folders are kebab-case and carry no name without a purpose", () => {
    const wrong = files
      .filter((file) => {
        const parts = file.path.replace(/(\.gen|\.prop)?(\.test)?\.d?\.?tsx?$/, "").split("/");
        const vendorTypes = /^controller\/providers\/[^/]+\/types\.ts$/.test(file.path);
        return parts.some((part) => (bannedNames.has(part) && !vendorTypes) || !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(part));
      })
      .map((file) => file.path);

    expect(unexpected(wrong, exceptions.names)).toEqual(none);
  });

  test("no default exports and no re-exports", () => {
    const wrong = written
      .filter((file) => /(^|\n)export\s+(default\b|\*|(type\s+)?\{[^}]*\}\s*from\b)/.test(file.code))
      .map((file) => file.path);

    expect(wrong).toEqual([]);
  });

  test("no module-level variables that change", () => {
    const wrong = product.filter((file) => /(^|\n)(export\s+)?(let|var)\s/.test(file.code)).map((file) => file.path);

    expect(unexpected(wrong, exceptions.moduleState)).toEqual(none);
  });

  test("the environment is read only where a process begins", () => {
    const wrong = product
      .filter(
        (file) =>
          /\b(process|Bun)\.env\b/.test(file.code) &&
          !/(^|\/)main\.ts$/.test(file.path) &&
          basename(file.path) !== "config.ts",
      )
      .map((file) => file.path);

    expect(unexpected(wrong, exceptions.environment)).toEqual(none);
  });

  test("the command line loads no stream library before it has something to stream", () => {
    const wrong = product
      .filter(
        (file) =>
          /^controller\/(main\.ts|cli\/|sdk\/|local-server\/)/.test(file.path) &&
          /from\s*["']node:(tty|stream|net|http|child_process|readline)["']|\bprocess\.std(out|err|in)\b/.test(
            file.code,
          ),
      )
      .map((file) => file.path);

    expect(wrong).toEqual([]);
  });

  test("the client asks by fetch alone: no files, no programs, no surroundings, no package", () => {
    const forbidden = /\b(process|Bun|console)\b\s*[.(]|\b(Date\.now|Math\.random|crypto\.randomUUID|setTimeout)\(/;
    const sdk = product.filter((file) => file.path.startsWith("controller/sdk/"));
    const wrong = sdk
      .filter(
        (file) =>
          forbidden.test(withoutStrings(file.code)) ||
          file.imports.some(({ specifier }) => !/^(\.\/|#shared\/)/.test(specifier)),
      )
      .map((file) => file.path);

    expect(sdk.length).toBeGreaterThan(8);
    expect(wrong).toEqual([]);
  });

  test("the core does nothing itself: no files, no network, no clock, no chance", () => {
    const forbidden =
      /from\s*["'](node:|bun["':])|\b(Bun|process|console|fetch|setTimeout|setInterval|performance)\b\s*[.(]|\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bcrypto\.randomUUID\(/;
    const wrong = product
      .filter((file) => file.path.startsWith("controller/core/") && forbidden.test(file.code))
      .map((file) => file.path);

    expect(wrong).toEqual([]);
  });

  test("no any, no enum, no mock.module, nothing that only the compiler is told", () => {
    const unsafe =
      /[:<,|&(]\s*any\b(?!\s*[:=(])|\bas any\b|(^|\n)\s*(export\s+)?(const\s+)?enum\s|\bmock\.module\(|@ts-(ignore|expect-error|nocheck)/;
    const wrong = written
      .filter((file) => !file.path.startsWith("test/house/") && unsafe.test(withoutStrings(file.code)))
      .map((file) => file.path);

    expect(unexpected(wrong, exceptions.typesAsserted)).toEqual(none);
  });

  test("no test is skipped, kept for later or run alone", () => {
    const pattern = /\b(test|it|describe)\.(skip|skipIf|todo|todoIf|only|if|failing)\b/;
    const wrong = written
      .filter((file) => !file.path.startsWith("test/house/") && pattern.test(file.code))
      .map((file) => file.path);

    expect(wrong).toEqual([]);
  });

  // A test that returns early has proved nothing, and says that all is well.
  test("no test passes because something is absent", () => {
    const wrong = written
      .filter((file) => file.path.includes(".test."))
      .flatMap((file) => earlyReturns(file.code).map((line) => `${file.path}:${line}`));

    expect(wrong).toEqual([]);
    expect(earlyReturns('test("x", () => {\n  if (disk === null) return;\n});')).toEqual([2]);
    expect(earlyReturns("const twice = (n: number) => {\n  if (n > 1) return;\n};")).toEqual([]);
  });

  // A short look in a loop awaits an event that only looking can tell; every other sleep hopes that a time is long enough.
  test("no test sleeps for a fixed time", () => {
    const tests = written.filter((file) => /^(?!test\/house\/)(test\/|.*\.test\.)/.test(file.path));
    const wrong = tests
      .map((file) => ({ path: file.path, count: fixedSleeps(file.code).length }))
      .flatMap(({ path, count }) => (count === 0 ? [] : [`${path}: ${count}`]));

    expect(unexpected(wrong, exceptions.sleeps)).toEqual(none);
    expect(fixedSleeps("async () => {\n  await Bun.sleep(20);\n};")).toEqual([2]);
    expect(
      fixedSleeps("while (!isSo()) await Bun.sleep(20);\nfor (;;) {\n  if (x)\n    await Bun.sleep(20);\n}"),
    ).toEqual([]);
  });

  // The types say that `expect(…).rejects` answers at once, so no rule of the linter sees when it is not awaited.
  test("what a promise is expected to do is awaited", () => {
    const expects =
      /(\bawait\s+|\breturn\s+|=>\s*)?\bexpect\((?:[^()]|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))*\)\s*\.(?:rejects|resolves)\b/g;
    const wrong = files
      .filter((file) => file.path.includes(".test."))
      .flatMap((file) =>
        [...withoutStrings(file.code).matchAll(expects)].filter((match) => match[1] === undefined).map(() => file.path),
      );
    const seen = files.flatMap((file) => [...withoutStrings(file.code).matchAll(expects)]).length;

    expect(wrong).toEqual([]);
    expect(seen).toBeGreaterThan(50);
  });

  test("every file begins with a sentence about what lives there", () => {
    const wrong = written.filter((file) => !/^(#!.*\n)?\/\/ \S.{5,}/.test(file.text)).map((file) => file.path);

    expect(wrong).toEqual([]);
  });

  test("nothing is left to fix later without a place to look it up", () => {
    const wrong = written
      .filter(
        (file) =>
          /\/\/.*\b(FIXME|XXX)\b|\/\/.*\bTODO\b(?!\(#\d+\))/.test(file.text) && !file.path.startsWith("test/house/"),
      )
      .map((file) => file.path);

    expect(wrong).toEqual([]);
  });
});

const LOOK_MS_MAX = 20;

/** Lines that sleep longer than a look, or a look's time outside a loop. A turn of the loop of events (0 or 1 ms) is no sleep. */
function fixedSleeps(code: string): number[] {
  const lines = code.split("\n");
  return lines.flatMap((line, at) => {
    const call = /\bBun\.sleep\((.*)\)|\bpause\((.*)\)|\bsetTimeout\((?:.*, )?(.*)\)?/.exec(line);
    if (call === null || /^\s*(import|export)\b/.test(line)) return [];
    const text = (call[1] ?? call[2] ?? call[3] ?? "").replaceAll("_", "").replace(/\D+$/, "");
    const ms = /^\d+$/.test(text) ? Number(text) : Number.POSITIVE_INFINITY;
    return ms <= 1 || (ms <= LOOK_MS_MAX && isInLoop(lines, at)) ? [] : [at + 1];
  });
}

function isInLoop(lines: readonly string[], at: number): boolean {
  const indent = (line: string) => line.length - line.trimStart().length;
  let inner = Number.POSITIVE_INFINITY;
  for (let line = at; line >= 0; line -= 1) {
    const text = lines[line] ?? "";
    if (text.trim() === "" || indent(text) >= inner) continue;
    if (/^\s*(while|for)\b/.test(text)) return true;
    if (line < at && /=> \{$|\bfunction\b/.test(text)) return false;
    inner = indent(text);
  }
  return false;
}

/** Lines on which the body of a test itself is left: the function around it takes nothing and is given to `test`. */
function earlyReturns(code: string): number[] {
  const lines = code.split("\n");
  const indent = (line: string) => line.length - line.trimStart().length;
  return lines.flatMap((line, at) => {
    if (!/^\s+(if \(.*\) )?return( console\.\w+\(.*)?;?$/.test(line)) return [];
    let opener = at - 1;
    while (opener > 0 && (lines[opener]?.trim() === "" || indent(lines[opener] ?? "") >= indent(line))) opener -= 1;
    // `if (…) {` and the like: what is left is the function around them.
    if (/^\s*(if|else|\} else)\b/.test(lines[opener] ?? ""))
      while (opener > 0 && indent(lines[opener - 1] ?? "") >= indent(lines[opener] ?? "")) opener -= 1;
    const head = `${lines[opener - 2] ?? ""}\n${lines[opener - 1] ?? ""}\n${lines[opener] ?? ""}`;
    return /\btest\((?:[^]*?)\(\) => \{$/.test(head) && /\(\) => \{$/.test(lines[opener] ?? "") ? [at + 1] : [];
  });
}

function withoutStrings(code: string): string {
  return code.replace(/"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/g, '""');
}
