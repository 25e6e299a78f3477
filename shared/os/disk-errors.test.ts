// Tests of what a disk's own words become, with a disk that is really full.
import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { diskError, diskTroubleOf, isDiskFull } from "./disk-errors.ts";

function thrownBy(work: () => void): unknown {
  try {
    work();
    return null;
  } catch (error) {
    return error;
  }
}

const coded = (code: string) => Object.assign(new Error(`${code}: something`), { code });

describe("shared/os/disk-errors", () => {
  test("a disk that is full says so, and the error names the cure", () => {
    const full = thrownBy(() => writeFileSync("/dev/full", "x"));

    expect(diskTroubleOf(full)).toBe("full");
    expect(diskError("/data/file", full)).toMatchObject({
      code: "disk-full",
      message: "no space left to write '/data/file'",
      hint: "free some space there (df -h '/data/file'), then try again",
    });
  });

  test("a quota is as full, whoever wraps it; what is closed is no room problem", () => {
    expect(isDiskFull(new Error("cannot write", { cause: coded("EDQUOT") }))).toBe(true);
    expect(isDiskFull(new Error("worker failed: ENOSPC: no space left on device"))).toBe(true);
    expect(["EACCES", "EPERM", "EROFS"].map((code) => diskTroubleOf(coded(code)))).toEqual([
      "forbidden",
      "forbidden",
      "read-only",
    ]);
    expect(diskError("/data", coded("EROFS"))).toMatchObject({ code: "no-permission" });
  });

  test("anything else comes back as it was", () => {
    const other = coded("ENOENT");

    expect([diskTroubleOf(other), diskTroubleOf(null), diskTroubleOf("ENOSPC")]).toEqual([null, null, null]);
    expect(diskError("/data", other)).toBe(other);
  });
});
