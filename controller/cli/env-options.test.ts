// Precedence of variables from the command line, and the form of files that hold them.
import { describe, expect, test } from "bun:test";
import { envOverrides, parseDotenv } from "./env-options.ts";

describe("cli/env-options", () => {
  test("--env wins over --env-file; --secret over --secret-file over --env-file, which counts as both", () => {
    const files: Readonly<Record<string, string>> = { envs: "A=file\nB=file\nC=file\n", secrets: "B=secret file\nC=secret file\n" };

    const { envs, secrets } = envOverrides(
      { envFile: "envs", env: [["A", "flag"]], secretFile: "secrets", secret: [["C", "flag"]] },
      (path) => files[path] ?? "",
    );

    expect(envs).toEqual({ A: "flag", B: "file", C: "file" });
    expect(secrets).toEqual({ A: "file", B: "secret file", C: "flag" });
  });

  test("quotes, comments, export, escapes and values over several lines are understood", () => {
    const text = [
      "# a comment", "", "PLAIN=value # not part of it", "export EXPORTED=yes", "SPACED =  around ",
      'DOUBLE="a \\"b\\"\\nnext"', "SINGLE='raw \\n $X' # gone", 'LONG="first', 'second"', "EMPTY=", "HASH=a#b", "no equals sign",
    ].join("\n");

    expect(parseDotenv(text)).toEqual({
      PLAIN: "value", EXPORTED: "yes", SPACED: "around", DOUBLE: 'a "b"\nnext', SINGLE: "raw \\n $X", LONG: "first\nsecond", EMPTY: "", HASH: "a#b",
    });
  });
});
