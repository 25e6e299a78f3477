// The page of errors: every code with its exit status, its class in Python, and what lies behind it.
import { errorCodes } from "#shared/errors/codes.ts";
import { errorNotes } from "./error-notes.ts";

export function errorTable(): string {
  const rows = Object.entries(errorCodes).map(
    ([code, { exit, http, exception }]) => `| \`${code}\` | ${exit} | ${http} | \`${exception}\` | ${noteOf(code)} |`,
  );
  return [
    "| code | exit status | HTTP | class in Python | what it means, what to do |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}

function noteOf(code: string): string {
  return Object.entries(errorNotes).find(([name]) => name === code)?.[1] ?? "";
}
