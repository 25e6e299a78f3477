// Each thing that can be wrong is found, named and given the command that mends it; what is well is left alone.
import { describe, expect, test } from "bun:test";
import { judgeFacts, type Check, type DoctorFacts } from "./judge-facts.ts";

const well: DoctorFacts = {
  program: "stix",
  version: "0.1.0",
  url: "http://127.0.0.1:22400",
  local: true,
  port: 22400,
  root: "/h/.stix",
  server: { is: "well", version: "0.1.0", stateFolder: "/h/.stix", ms: 3 },
  folder: { path: "/h/.stix", writable: true, loose: [], foreign: [] },
  database: { is: "well" },
  hub: { alive: true, listening: true, port: 22401, keyBytes: 32 },
  disk: { freeBytes: 2 ** 40, totalBytes: 2 ** 41, freeFiles: 900, totalFiles: 1_000 },
  clock: { now: Date.parse("2026-01-31"), built: Date.parse("2026-01-01"), newestFile: Date.parse("2026-01-30") },
  ephemeral: [32768, 60999],
  fleet: { unwell: [], clusters: 2, leaks: 0 },
};

const unwell = (change: Partial<DoctorFacts>): readonly Pick<Check, "name" | "state" | "cure">[] =>
  judgeFacts({ ...well, ...change })
    .filter((check) => check.state !== "good")
    .map(({ name, state, cure }) => ({ name, state, ...(cure !== undefined && { cure }) }));

describe("cli/doctor", () => {
  test("where all is well nothing is to be done", () => {
    expect(unwell({})).toEqual([]);
  });

  const cases: readonly (readonly [
    string,
    Partial<DoctorFacts>,
    readonly (readonly [Check["name"], Check["state"], string])[],
  ])[] = [
    ["a suspended server", { server: { is: "suspended", pid: 7 }, fleet: null }, [["server", "bad", "stix api start"]]],
    [
      "a silent server",
      { server: { is: "silent", pid: 7 }, fleet: null },
      [["server", "bad", "stix api stop --force"]],
    ],
    [
      "no server",
      { server: { is: "nobody" }, fleet: null, hub: { alive: false, listening: false, port: 1, keyBytes: 32 } },
      [["server", "doubtful", "stix api start"]],
    ],
    [
      "another user's server",
      { server: { is: "somebody else", user: "bob" }, fleet: null },
      [
        ["server", "bad", "STIX_API_PORT"],
        ["ports", "bad", "STIX_API_PORT"],
      ],
    ],
    [
      "another folder's server",
      { server: { is: "well", version: "0.1.0", stateFolder: "/other", ms: 3 }, fleet: null },
      [["server", "bad", "STIX_HOME=/other"]],
    ],
    [
      "an old server",
      { server: { is: "well", version: "0.0.9", stateFolder: "/h/.stix", ms: 3 } },
      [["versions", "doubtful", "stix api stop && stix api start"]],
    ],
    ["a damaged database", { database: { is: "damaged", why: "row 3" } }, [["database", "bad", "stix doctor adopt"]]],
    [
      "a dead hub",
      { hub: { alive: false, listening: false, port: 1, keyBytes: 32 } },
      [["hub", "bad", "stix api stop && stix api start"]],
    ],
    ["a short key", { hub: { alive: true, listening: true, port: 1, keyBytes: 5 } }, [["hub", "bad", "backup"]]],
    [
      "a full disk",
      { disk: { freeBytes: 1_000, totalBytes: 2 ** 40, freeFiles: 900, totalFiles: 1_000 } },
      [["disk", "bad", "df -h /h/.stix"]],
    ],
    ["a clock before the build", { clock: { now: 0, built: 1, newestFile: null } }, [["clock", "bad", "timedatectl"]]],
    [
      "a clock that went back",
      { clock: { now: Date.parse("2026-01-31"), built: null, newestFile: Date.parse("2026-02-02") } },
      [["clock", "bad", "timedatectl"]],
    ],
    [
      "a port that connections get",
      { ephemeral: [1024, 65000] },
      [["ports", "doubtful", "ip_local_reserved_ports=22400"]],
    ],
    [
      "files that others may read",
      { folder: { path: "/h/.stix", writable: true, loose: ["/h/.stix/state.db"], foreign: [] } },
      [["permissions", "bad", "chmod -R go-rwx /h/.stix"]],
    ],
    [
      "files of another user",
      { folder: { path: "/h/.stix", writable: true, loose: [], foreign: ["/h/.stix/hub"] } },
      [["permissions", "bad", "chown"]],
    ],
    [
      "a broken cluster and machines without a record",
      { fleet: { unwell: ["train"], clusters: 1, leaks: 2 } },
      [
        ["clusters", "bad", "stix start train"],
        ["leaks", "bad", "stix doctor leaks"],
      ],
    ],
  ];

  for (const [what, change, found] of cases) {
    test(what, () => {
      const said = unwell(change);

      expect(said.map(({ name, state }) => [name, state])).toEqual(found.map(([name, state]) => [name, state]));
      found.forEach(([, , cure], at) => expect(said[at]?.cure).toContain(cure));
    });
  }

  test("of a server elsewhere nothing of this machine is judged", () => {
    expect(judgeFacts({ ...well, local: false }).map((check) => check.name)).toEqual([
      "server",
      "versions",
      "clusters",
      "leaks",
    ]);
  });
});
