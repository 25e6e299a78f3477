// What the runner writes is counted as a reader would count it.
import { expect, test } from "bun:test";
import { readJunit } from "./junit.ts";

const report = `<testsuites tests="4"><testsuite name="a.test.ts" file="./a.test.ts">
  <testcase name="x &quot;q&quot;" classname="" time="0" file="./a.test.ts" line="2" assertions="1" />
  <testcase name="y &lt;z&gt;" classname="" file="./a.test.ts"><failure type="AssertionError" message="a &gt; b">text</failure></testcase>
  <testcase name="later" classname="" file="b.test.ts"><skipped /></testcase>
</testsuite></testsuites>`;

test("failed and skipped tests are failures with file and name, the others passed", () => {
  const result = readJunit(report);

  expect(result.passed).toBe(1);
  expect(result.failures).toEqual(["a.test.ts: y <z> (failure)", "b.test.ts: later (skipped)"]);
  expect([...result.files]).toEqual(["a.test.ts", "b.test.ts"]);
});

test("a report that was never written has no files, so that every file counts as silent", () => {
  expect(readJunit("")).toEqual({ passed: 0, failures: [], files: new Set() });
});
