// A task's variables reach its script and the programs it runs unchanged, whatever they are called and whatever they hold.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { nodeBench } from "#test/skylet/node-bench.ts";
import { launchText } from "./launch-text.ts";

setDefaultTimeout(60_000);

/** Each of these once had, or could have, a meaning of its own on the way to the script. */
const meaningful: Readonly<Record<string, string>> = {
  BASH_ENV: "/nowhere/env.sh",
  ENV: "/nowhere/env",
  PYTHONUNBUFFERED: "no",
  stat: "mine",
  code: "7",
  script: "s",
  i: "3",
  line: "4",
  key: "k",
  name: "n",
  value: "v",
  index: "0",
  stix_name: "a",
  stix_kept: "b",
  stix_script: "c",
  STIX_ENV_NAMES: "PATH HOME",
  STIX_SCRIPT: "/x",
  notes: "n",
  forbidden: "f",
  IFS: ",",
  PS1: "one",
  PS4: "++ $(date) ",
  PROMPT_COMMAND: "echo PROMPT",
  HISTFILE: "/nowhere/history",
  HISTCONTROL: "x",
  IGNOREEOF: "10",
  TMOUT: "1",
  SHLVL: "5",
  MAIL: "/x",
  CDPATH: "/",
  GLOBIGNORE: "*",
  FIGNORE: "x",
  COLUMNS: "13",
  LINES: "3",
  HOSTNAME: "h",
  OPTIND: "3",
  OPTERR: "0",
  LC_ALL: "C",
  TERM: "vt52",
  POSIXLY_CORRECT: "",
  BASH_COMPAT: "4.2",
  OLDPWD: "/nowhere",
  HOME: "/nowhere/home",
  SHELL: "/bin/false",
  USER: "somebody",
  TMPDIR: "/nowhere",
  LD_LIBRARY_PATH: "/nowhere/lib",
  CONDA_EXE: "/nowhere/conda",
  UID: "77",
  EUID: "78",
};

/** What `env` sees in a job with these variables. */
async function seenBy(envs: Readonly<Record<string, string>>, bashrc = ""): Promise<ReadonlyMap<string, string>> {
  await using on = nodeBench();
  writeFileSync(join(on.home, ".bashrc"), bashrc);
  const out = join(on.root, "seen");
  const printed = await on.outputOf(`/usr/bin/env -0 > '${out}'\n`, { envs });
  expect(printed).toBe("");
  return variablesIn(readFileSync(out, "utf8"));
}

function variablesIn(text: string): ReadonlyMap<string, string> {
  return new Map(
    text
      .split("\0")
      .filter((entry) => entry !== "")
      .map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)]),
  );
}

function only(seen: ReadonlyMap<string, string>, names: readonly string[]): Record<string, string | undefined> {
  return Object.fromEntries(names.map((name) => [name, seen.get(name)]));
}

describe("variables of a task", () => {
  test.each(Object.entries(meaningful))("%s is what the task says", async (name, value) => {
    const seen = await seenBy({ [name]: value });

    expect(seen.get(name)).toBe(value);
  });

  test("all of them at once, over a ~/.bashrc that sets them too", async () => {
    const names = Object.keys(meaningful).filter((name) => name !== "UID" && name !== "EUID");
    const bashrc = names
      .filter((name) => !/^(POSIXLY_CORRECT|BASH_COMPAT|LC_ALL)$/.test(name))
      .map((name) => `export ${name}=bashrc`)
      .join("\n");

    const seen = await seenBy(meaningful, bashrc);

    expect(only(seen, names)).toEqual(only(new Map(Object.entries(meaningful)), names));
  });

  test("the folder is the node's, whatever HOME, CDPATH and PATH are", async () => {
    await using on = nodeBench();
    mkdirSync(join(on.root, "sky_workdir"));

    const printed = await on.outputOf('pwd; echo "$HOME $PATH"', {
      envs: { HOME: on.root, CDPATH: on.root, PATH: "/nowhere", PWD: "/nowhere" },
    });

    expect(printed).toBe(`${on.home}/sky_workdir\n${on.root} /nowhere\n`);
    expect(existsSync(join(on.home, "sky_workdir"))).toBe(true);
  });

  test("SHELLOPTS and BASHOPTS switch their options on for the script and its children, not for what comes before", async () => {
    await using on = nodeBench();

    const printed = await on.outputOf('echo one\nbash -c "echo two"\nshopt extglob\nbash -c "shopt extglob"', {
      envs: { SHELLOPTS: "xtrace:bogus", BASHOPTS: "extglob:bogus" },
    });

    expect(printed.replaceAll("\t", " ").replaceAll(/ +/g, " ").split("\n")).toEqual([
      "+ echo one",
      "one",
      "+ bash -c 'echo two'",
      "+ echo two",
      "two",
      "+ shopt extglob",
      "extglob on",
      "+ bash -c 'shopt extglob'",
      "+ shopt extglob",
      "extglob on",
      "",
    ]);
  });

  test("a library to load first concerns the script's programs, and none of ours", async () => {
    await using on = nodeBench();

    const printed = await on.outputOf("echo begun\n/bin/true", { envs: { LD_PRELOAD: "/nowhere/library.so" } });

    const [first, second, ...rest] = printed.trimEnd().split("\n");
    expect(first).toBe("begun");
    expect(second).toContain("/nowhere/library.so");
    expect(rest).toEqual([]);
  });

  test("one value too large for a program is the script's, is told by name, and lets programs run", async () => {
    await using on = nodeBench();

    const printed = await on.outputOf(
      "echo ${#LARGE} ${LARGE:0:3}\n/bin/echo program\nprintenv LARGE || echo not given\nprintenv FITS | wc -c",
      { envs: { LARGE: "e'\n".repeat(46_667), FITS: "x".repeat(131_066) } },
    );

    expect(printed.trimEnd().split("\n")).toEqual([
      expect.stringMatching(/^stix: LARGE has 140001 bytes; .* \(put large data into a file\)$/),
      "140001 e'",
      "program",
      "not given",
      "131067",
    ]);
  });

  test("many values too large together: the largest stay with the script", async () => {
    await using on = nodeBench();
    const envs = Object.fromEntries(
      Array.from({ length: 30 }, (_, index) => [`V${index}`, "y".repeat(100_000 + index)]),
    );

    const printed = await on.outputOf("/bin/echo program; printenv V0 | wc -c; echo ${#V29}", { envs });

    expect(
      printed
        .trimEnd()
        .split("\n")
        .filter((line) => !line.startsWith("stix: V")),
    ).toEqual(["program", "100001", "100029"]);
  });

  test("a value that no variable can have is refused by name", async () => {
    await using on = nodeBench();

    expect(() => on.start(1, "true", { envs: { WITH_NUL: "a\0b" } })).toThrow("WITH_NUL");
  });

  test("any names and values are as if bash had been started with them", async () => {
    await using on = nodeBench();
    const folder = join(on.root, "plain");
    mkdirSync(folder);
    const name = fc
      .stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,12}$/)
      .filter(
        (one) =>
          !/^(_|PATH|PWD|OLDPWD|SHLVL|HOME|IFS|PS[124]|PPID|SHELLOPTS|BASHOPTS|LC_.*|LANG|BASH.*|SKYPILOT_.*|STIX_.*|ROOT|RANDOM|SECONDS|LINENO|GROUPS|DIRSTACK|FUNCNAME|TMOUT)$/.test(
            one,
          ),
      );
    const character = fc.oneof(
      fc.constantFrom(
        "'",
        '"',
        "\\",
        "$",
        "`",
        "\n",
        "\r",
        "\t",
        "!",
        "*",
        "~",
        " ",
        "=",
        ":",
        ";",
        "#",
        "\u0001",
        "\u007f",
        "é",
        "日",
        "😀",
        "\u00a0",
        "\u2028",
      ),
      fc.string({ minLength: 1, maxLength: 3 }),
    );
    const value = fc
      .array(character, { maxLength: 20 })
      .map((parts) => parts.join("").replaceAll("\0", "").toWellFormed());
    const worlds = fc.sample(fc.dictionary(name, value, { minKeys: 10, maxKeys: 40 }), { numRuns: 60, seed: 29 });

    for (const [at, world] of worlds.entries()) {
      const begin = join(folder, "before");
      writeFileSync(begin, launchText(on.home, world));
      const script = join(folder, "script");
      writeFileSync(script, `exec /usr/bin/env -0 > ${folder}/seen`);
      await Bun.spawn(["/bin/bash", "--rcfile", begin, "-i", script], {
        env: { PATH: "/usr/bin:/bin", HOME: on.home },
        stdio: ["ignore", "ignore", "ignore", Bun.file("/dev/null")],
      }).exited;
      const plain = Bun.spawnSync(["/bin/bash", "-c", "exec /usr/bin/env -0"], { env: world });
      const seen = variablesIn(readFileSync(join(folder, "seen"), "utf8"));
      const wanted = variablesIn(plain.stdout.toString());

      expect([at, only(seen, Object.keys(world))]).toEqual([at, only(wanted, Object.keys(world))]);
    }
  });
});
