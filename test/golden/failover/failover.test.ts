// What a launch does when clouds refuse, lie, ask for pauses and keep silent: one script a story, the trace below it.
// `STIX_BLESS=1` writes the traces anew; the difference is then looked at line by line.
import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { playScript } from "./run-script.ts";

const folder = `${import.meta.dir}/scripts`;
const names = readdirSync(folder).toSorted();

describe("golden/failover", () => {
  for (const name of names)
    test(name.replace(".txt", "").replaceAll("-", " "), () => {
      const [script = "", expected = ""] = readFileSync(`${folder}/${name}`, "utf8").split("---\n");
      const told = `${playScript(script).join("\n")}\n`;
      if (process.env["STIX_BLESS"] === "1") writeFileSync(`${folder}/${name}`, `${script}---\n${told}`);
      else expect(told).toBe(expected);
    });

  test("there are stories enough", () => {
    expect(names.length).toBeGreaterThanOrEqual(20);
  });
});
