// What every error a user sees must be: one, short, about what happened, and with the next command.
import { expect } from "bun:test";
import type { Ended } from "./harness.ts";

/** The command failed with one `error:` that says `what`, a `try:`, no stack trace and not much else. */
export function expectClearError(ended: Ended, what: string | RegExp, status: number | null = 1): void {
  const lines = ended.stderr.split("\n").filter((line) => line.trim() !== "");
  const errors = lines.filter((line) => line.startsWith("error:"));
  const tries = lines.filter((line) => line.startsWith("try:"));

  if (status === null) expect(ended.status, ended.all).not.toBe(0);
  else expect(ended.status, ended.all).toBe(status);
  expect(errors.length, ended.all).toBe(1);
  expect(tries.length, ended.all).toBe(1);
  expect(ended.all).not.toMatch(/\n\s+at .+:\d+/);
  expect(ended.all).not.toContain("[object ");
  if (typeof what === "string") expect(ended.stderr).toContain(what);
  else expect(ended.stderr).toMatch(what);
}
