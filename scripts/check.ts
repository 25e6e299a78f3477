// Says in some seconds whether a change is fit to be tested: types, layout, lint, sizes, generated files, the law of the house.
import { join } from "node:path";
import { checkParts, houseFolder, type CheckPart } from "./checks/parts.ts";

const root = join(import.meta.dir, "..");
/** As many at once as leave a machine of two cores usable. */
const AT_ONCE = 2;

const parts: readonly CheckPart[] = [
  ...checkParts,
  { name: "house", command: [process.execPath, "test", `./${houseFolder}`] },
];

const usage = `usage: scripts/check [--fix] [${parts.map((part) => part.name).join("|")} …]`;

/** Its output, and how it ended. */
async function run(command: readonly string[]): Promise<{ readonly ok: boolean; readonly output: string }> {
  const child = Bun.spawn([...command], {
    cwd: root,
    env: { ...process.env, NO_COLOR: "1" },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { ok: (await child.exited) === 0, output: `${out}${err}`.trimEnd() };
}

async function check(part: CheckPart): Promise<boolean> {
  const startedAt = performance.now();
  const { ok, output } = await run(part.command);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${part.name.padEnd(10)} ${(ok ? "ok" : "failed").padEnd(6)} ${seconds.padStart(6)} s`);
  if (!ok) console.log(output.replace(/^/gm, "    "));
  return ok;
}

async function main(words: readonly string[]): Promise<number> {
  if (words.includes("--help") || words.includes("-h")) {
    console.log(
      `${usage}\n\n--fix first mends what can be mended: layout, simple lint, the list of sizes, generated files.`,
    );
    return 0;
  }
  const asked = words.filter((word) => word !== "--fix");
  const unknown = asked.find((word) => !parts.some((part) => part.name === word));
  if (unknown !== undefined) {
    console.error(`error: '${unknown}' is no part of scripts/check\ntry:   ${usage.replace("usage: ", "")}`);
    return 2;
  }
  const wanted = parts.filter((part) => asked.length === 0 || asked.includes(part.name));
  const startedAt = performance.now();
  // One after the other: they write the same files.
  if (words.includes("--fix")) for (const { fix } of wanted.toReversed()) if (fix !== undefined) await run(fix);
  const waiting = [...wanted];
  const results: boolean[] = [];
  const work = async () => {
    for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) results.push(await check(part));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const failed = results.filter((ok) => !ok).length;
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${failed === 0 ? "all well" : `${failed} failed`} in ${seconds} s`);
  return failed === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
