// The API has one address: paths stand in its table, callers are named at one gate, and no route goes round it.
import { describe, expect, test } from "bun:test";
import { calls } from "#shared/api/calls.ts";
import { unbuiltCalls } from "#shared/api/unbuilt-calls.ts";
import { sourceFiles } from "./source-files.ts";

const table = /^shared\/api\/(unbuilt-)?calls\.ts$/;
/** Tests speak with the server as strangers do, by its addresses; what they are made of follows the table. */
const files = sourceFiles().filter(
  ({ path }) => !/^test\/house\/|\.test\.ts$/.test(path) && !/^test\/(e2e|twins|compat|sim|contract)\//.test(path),
);

const paths = [...new Set([...Object.values(calls), ...unbuiltCalls].map(({ path }) => path))].filter(
  (path) => path !== "/",
);
const quoted = (path: string) => path.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll(/:\w+/g, "[^\"'`/]+");

/** The whole of a string, up to its query; anywhere in one for the paths that mean nothing else. */
const spelled = new RegExp(
  paths
    .flatMap((path) => {
      const whole = `["'\`]${quoted(path)}["'\`?]`;
      return /^\/(api|stix)\//.test(path) ? [whole, `[\\s"'\`}]${quoted(path)}(?![\\w/])`] : [whole];
    })
    .join("|"),
);

const places = (pattern: RegExp, of: RegExp, home: RegExp) =>
  files.filter(({ path, code }) => of.test(path) && !home.test(path) && pattern.test(code)).map(({ path }) => path);

describe("house/api", () => {
  test("a planted path is found, whole, with a query, and behind the address of a server", () => {
    for (const line of [
      'ask("/launch", {})',
      'get("/api/status?x=1")',
      "fetch(`${url}/api/health`)",
      '"/api/completion/job_id"',
    ])
      expect([line, spelled.test(line)]).toEqual([line, true]);
    for (const line of ['"/proc/1/status"', '"/tmp/launch"', "`${root}/logs`", '"the /launch of"'])
      expect([line, spelled.test(line)]).toEqual([line, false]);
  });

  test("no file but the table spells a path of the API", () => {
    expect(places(spelled, /^/, table)).toEqual([]);
  });

  test("routes are registered in one place, behind the question whether the caller may", () => {
    const registers = /\b(app|router|hono)\s*\.\s*(get|post|put|delete|patch|on|all|route)\(/;
    expect(places(registers, /^controller\//, /^controller\/server\/routes\/register-calls\.ts$/)).toEqual([]);
    const home = files.find(({ path }) => path === "controller/server/routes/register-calls.ts");
    expect(home?.code.match(/\bawait pass\(/g)?.length).toBe(3);
  });

  test("who only asks loads no schema: the command line starts without them", () => {
    const loads = /(^|\n)\s*import\s+(?!type\b)[^;]*?"#shared\/api\/(routes|bodies|results)\.ts"/;
    expect(loads.test('import { routes } from "#shared/api/routes.ts";')).toBe(true);
    expect(loads.test('import type { CallBody } from "#shared/api/routes.ts";')).toBe(false);
    expect(places(loads, /^(controller\/(cli|sdk|local-server)\/|shared\/api\/calls\.ts$)/, /^$/)).toEqual([]);
  });

  test("who asks is read at the gate alone", () => {
    const reads = /\benv_vars\b|SKYPILOT_USER(_ID)?\b|\bUSER_HEADER\b/;
    // The client says it, the schema lets it through, the store forgets it with the rest of the body.
    const home =
      /^controller\/(server\/gates\/principal|local-server\/(connect|identity)|adapters\/db\/stores\/request-store)\.ts$/;
    expect(places(reads, /^controller\//, home)).toEqual([]);
  });
});
