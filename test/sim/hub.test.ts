// Many worlds for the line between head and controller: cut, resumed, with older heads and older controllers that speak again.
import { expect, test } from "bun:test";
import { simulateHub } from "./hub-sim.ts";

const SEEDS = 1_000;

test(`every event arrives once and in order, and nobody older is heard, in ${SEEDS} worlds`, async () => {
  const broken: string[] = [];
  const seen = new Set<string>();
  for (let seed = 1; seed <= SEEDS; seed++) {
    const result = await simulateHub(seed);
    for (const what of result.seen) seen.add(what);
    if (result.broken !== null) broken.push(`seed ${seed}: ${result.broken}`);
  }

  expect(broken).toEqual([]);
  expect([...seen].sort()).toEqual(["fenced", "numbered-anew", "refused-command", "repeated"]);
}, 120_000);
