// Laws of all move tables, and what follows from one.
import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { clusterLife } from "./cluster.ts";
import { jobExitStatus, jobLife, jobStates } from "./job.ts";
import { become, leads, lifecycle, move, sqlCheck, sqlStates, step, type AnyLifecycle } from "./moves.ts";
import { requestLife } from "./request.ts";
import { lifecycles } from "./tables.ts";

const doorLife = lifecycle("door", {
  states: {
    open: { doc: "one may pass", tone: "good" },
    shut: { doc: "one may not", tone: "rests" },
    "walled up": { doc: "it is no door", tone: "gone", terminal: true },
    "told's": { doc: "gone, and told", tone: "gone", terminal: true, rowless: true },
  },
  moves: [
    [null, "build", "open"],
    ["open", "close", "shut"],
    ["shut", "open", "open"],
    [["open", "shut"], "wall", "walled up"],
    [["open", "shut"], "tell", "told's"],
  ],
});

/** Everything that some walk from "not there yet" comes to. */
function reachable({ moves }: AnyLifecycle): Set<string> {
  const found = new Set<string | null>([null]);
  // A set hands out what is added while it is walked.
  for (const from of found) for (const each of moves) if (each[0] === from) found.add(each[2]);
  return new Set([...found].filter((each) => each !== null));
}

describe("shared/lifecycle: laws of every table", () => {
  test.each(lifecycles.map((life) => [life.noun, life] as const))("%s", (_, life) => {
    expect([...reachable(life)].toSorted()).toEqual(life.order.toSorted());
    for (const [from, event, to] of life.moves) {
      expect(event).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(from !== null && life.states[from]?.terminal).not.toBe(true);
      expect(life.order).toContain(to);
    }
    // What is not terminal can be left, and states are told from each other.
    for (const name of life.open) expect(life.moves.some(([from]) => from === name)).toBe(true);
    expect(new Set(life.order.map((name) => life.states[name]?.doc)).size).toBe(life.order.length);
  });

  test("no walk leaves its table, and what has ended stays", () => {
    fc.assert(
      fc.property(fc.constantFrom(...lifecycles), fc.array(fc.nat(), { maxLength: 40 }), (life, choices) => {
        const events = [...new Set(life.moves.map(([, event]) => event))];
        let at: string | null = null;
        for (const choice of choices) {
          const event = events[choice % events.length] ?? "";
          const next: ReturnType<typeof step> = step(life, at, event);
          if (typeof next === "string") {
            expect(life.order).toContain(next);
            expect(at !== null && life.states[at]?.terminal).not.toBe(true);
            expect(leads(life, at, next)).toBe(true);
            at = next;
          } else expect(next).toEqual({ noun: life.noun, from: at, event });
        }
      }),
    );
  });

  test("tables that say two things about one event are refused", () => {
    const facts = { doc: "", tone: "good" } as const;
    const twice = () =>
      lifecycle("x", {
        states: { a: facts, b: facts },
        moves: [
          [null, "go", "a"],
          [["a", "b"], "go", "b"],
          ["a", "go", "a"],
        ],
      }).moves;

    expect(twice).toThrow("contradict");
  });
});

describe("shared/lifecycle: what follows from a table", () => {
  test("a move, and the refusal of one", () => {
    expect(step(doorLife, "open", "close")).toBe("shut");
    expect(step(doorLife, null, "build")).toBe("open");
    expect(step(doorLife, "walled up", "open")).toEqual({ noun: "door", from: "walled up", event: "open" });
    expect(move(doorLife, "shut", "open")).toBe("open");
    expect(() => move(doorLife, "walled up", "open")).toThrow("a door that is walled up cannot take 'open'");
    expect(() => move(doorLife, null, "open")).toThrow("no door begins with 'open'");
    const failure = { code: "illegal-move", details: { noun: "door", from: "walled up", event: "wall" } };
    expect(() => move(doorLife, "walled up", "wall")).toThrow(expect.objectContaining(failure));
    expect(become(doorLife, "open", "shut")).toBe("shut");
    expect(() => become(doorLife, "walled up", "open")).toThrow("a door that is walled up cannot take 'become open'");
    expect(leads(doorLife, "open", "walled up")).toBe(true);
    expect(leads(doorLife, "walled up", "open")).toBe(false);
  });

  test("names, order, what is open, what is terminal, what a row may hold", () => {
    expect(doorLife.state["walled up"]).toBe("walled up");
    expect(doorLife.order).toEqual(["open", "shut", "walled up", "told's"]);
    expect(doorLife.open).toEqual(["open", "shut"]);
    expect(doorLife.kept).toEqual(["open", "shut", "walled up"]);
    expect(doorLife.ended).toEqual(["walled up", "told's"]);
    expect(clusterLife.kept).toEqual(["INIT", "UP", "AUTOSTOPPING", "STOPPED"]);
    expect(requestLife.open).toEqual(["PENDING", "WAITING", "RUNNING"]);
    expect(jobLife.ended).toHaveLength(5);
  });

  test("a database takes what the table has, and nothing else", () => {
    expect(sqlStates(clusterLife)).toBe("'INIT', 'UP', 'AUTOSTOPPING', 'STOPPED'");
    for (const life of lifecycles) {
      const db = new Database(":memory:");
      db.run(`CREATE TABLE noun (state TEXT NOT NULL CHECK (${sqlCheck(life, "state")})) STRICT`);
      for (const name of life.kept) db.run("INSERT INTO noun VALUES (?)", [name]);
      expect(() => db.run("INSERT INTO noun VALUES ('elsewhere')")).toThrow("CHECK");
      db.close();
    }
    const quoted = sqlStates({ kept: ["it's"] });
    expect(quoted).toBe("'it''s'");
  });

  test("a job's state is an exit status", () => {
    const told = Object.fromEntries(jobStates.map((state) => [state, jobExitStatus(state)]));

    expect(told).toEqual({
      INIT: 101,
      PENDING: 101,
      SETTING_UP: 101,
      RUNNING: 101,
      FAILED_DRIVER: 100,
      SUCCEEDED: 0,
      FAILED: 100,
      FAILED_SETUP: 100,
      CANCELLED: 103,
    });
  });
});
