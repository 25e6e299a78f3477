// Precedence of variables from the command line, and what is told about files that hold them.
import { describe, expect, test } from "bun:test";
import { envOverrides, type EnvOptions } from "./env-options.ts";

const none: EnvOptions = { envFile: undefined, env: [], secretFile: undefined, secret: [] };

function lay(options: Partial<EnvOptions>, files: Readonly<Record<string, string | Uint8Array>>) {
  const warnings: string[] = [];
  const overrides = envOverrides(
    { ...none, ...options },
    {
      env: { HOME: "/home/me", OUTSIDE: "from here" },
      warn: (line) => warnings.push(line),
      read: (path) => Buffer.from(files[path] ?? ""),
    },
  );
  return { ...overrides, warnings };
}

describe("cli/env-options", () => {
  test("--env wins over --env-file; --secret over --secret-file over --env-file, which counts as both", () => {
    const files = { envs: "A=file\nB=file\nC=file\n", secrets: "B=secret file\nC=secret file\n" };

    const { envs, secrets } = lay(
      { envFile: "envs", env: [["A", "flag"]], secretFile: "secrets", secret: [["C", "flag"]] },
      files,
    );

    expect(envs).toEqual({ A: "flag", B: "file", C: "file" });
    expect(secrets).toEqual({ A: "file", B: "secret file", C: "flag" });
  });

  test("variables are taken from the file, from the environment, or from what stands behind :-", () => {
    const { envs } = lay(
      { envFile: "~/e" },
      { "/home/me/e": "A=1\nB=${A}2\nC=${HOME}/x\nD=${GONE:-d e f}\nE=[${GONE}]\nF=$A\nG='${A}'\n" },
    );

    expect(envs).toEqual({ A: "1", B: "12", C: "/home/me/x", D: "d e f", E: "[]", F: "$A", G: "1" });
  });

  test("what cannot be understood is left out, with its place but not its content", () => {
    const { envs, warnings } = lay({ envFile: "e" }, { e: "A=1\n\n  'open\nB=\"never closed\nC=3\n" });

    expect(envs).toEqual({ A: "1", C: "3" });
    expect(warnings).toEqual([
      "e:3: this is no KEY=VALUE and is left out",
      "e:4: this is no KEY=VALUE and is left out",
    ]);
  });

  test("a bad name and a missing value are told at the file's own line, unless a flag gives the value", () => {
    expect(() => lay({ envFile: "e" }, { e: "A=1\n\nB.C=2\n" })).toThrow(
      "e:3: 'B.C' is no name for an environment variable",
    );
    expect(() => lay({ secretFile: "s" }, { s: "A=1\nB\n" })).toThrow("s:2: variable 'B' has no value");
    expect(() => lay({ envFile: "e", env: [["B", "2"]] }, { e: "A=1\nB\n" })).toThrow("e:2: variable 'B' has no value");
    expect(lay({ envFile: "e", env: [["B", "2"]], secret: [["B", "2"]] }, { e: "A=1\nB\n" }).envs).toEqual({
      A: "1",
      B: "2",
    });
  });

  test("a file that is not UTF-8 is refused by name", () => {
    expect(() => lay({ envFile: "e" }, { e: new Uint8Array([65, 61, 0xff]) })).toThrow("e: ");
  });
});
