// What is known once: how a file is replaced whole, what a full disk says, how a process is looked at.
import { describe, expect, test } from "bun:test";
import { exceptions, type Exception } from "./exceptions.ts";
import { sourceFiles } from "./source-files.ts";

const files = sourceFiles().filter((file) => !file.path.startsWith("test/house/"));

/** Files outside `home` whose code matches and that are not excepted, and exceptions that match nothing. */
function elsewhere(pattern: RegExp, home: RegExp, allowed: readonly Exception[]): { wrong: string[]; stale: string[] } {
  const found = files.filter((file) => !home.test(file.path) && pattern.test(file.code)).map((file) => file.path);
  const names = allowed.map((each) => each.breach);
  return { wrong: found.filter((path) => !names.includes(path)), stale: names.filter((name) => !found.includes(name)) };
}

const nowhere = { wrong: [], stale: [] };

describe("house/one-address", () => {
  test("a file is replaced whole by shared/os/whole-file.ts; who renames otherwise moves something", () => {
    expect(elsewhere(/\brename(Sync)?\(/, /^shared\/os\/whole-file\.ts$/, exceptions.renames)).toEqual(nowhere);
  });

  test("processes are read by shared/os", () => {
    expect(elsewhere(/\/proc\/[^/\s]+\/(stat\b|cmdline|environ)/, /^shared\/os\//, exceptions.processTable)).toEqual(
      nowhere,
    );
  });

  test("control groups are made and read by shared/os/cgroup.ts", () => {
    expect(
      elsewhere(/\/sys\/fs\/cgroup|cgroup\.(kill|procs)/, /^shared\/os\/cgroup\.ts$/, exceptions.controlGroups),
    ).toEqual(nowhere);
  });

  test("what a disk says is read by shared/os/disk-errors.ts", () => {
    expect(elsewhere(/\bE(NOSPC|DQUOT)\b/, /^shared\/os\/disk-errors(\.test)?\.ts$/, [])).toEqual(nowhere);
  });
});
