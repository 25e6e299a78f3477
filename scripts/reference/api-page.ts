// The page of the API: every call of the table, what it takes and what it gives.
import { z } from "zod";
import { baseBodySchema } from "#shared/api/bodies.ts";
import { calls, type CallName } from "#shared/api/calls.ts";
import { routes, type Route } from "#shared/api/routes.ts";
import { unbuiltCalls } from "#shared/api/unbuilt-calls.ts";
import { apiNotes } from "./api-notes.ts";
import { schemaRows, type SchemaRow } from "./schema-rows.ts";

export interface ApiPage {
  readonly text: string;
  /** Calls without a sentence, and sentences without a call. */
  readonly faults: readonly string[];
}

export function apiSections(): ApiPage {
  const told = Object.values(apiNotes).flatMap((notes) => Object.keys(notes));
  const known = Object.keys(calls);
  const sections = Object.entries(apiNotes).map(([title, notes]) => {
    const parts = Object.entries(notes).flatMap(([name, note]) => (isCall(name) ? [callPart(name, note)] : []));
    return `## ${title}\n\n${parts.join("\n\n")}`;
  });
  return {
    text: [...sections, basePart(), unbuiltPart()].join("\n\n"),
    faults: [
      ...known.filter((name) => !told.includes(name)).map((name) => `the call '${name}' has no sentence`),
      ...told.filter((name) => !known.includes(name)).map((name) => `'${name}' has a sentence and is no call`),
    ],
  };
}

function callPart(name: CallName, note: string): string {
  const { method, path, answers } = calls[name];
  const { lane, action, on, body, result, errors, query }: Route = routes[name];
  const how = { request: `a request (${lane ?? "short"})`, json: "JSON", stream: "a stream" }[answers];
  const lines = [`### \`${method} ${path}\``, "", note, "", `Answers with ${how}; takes the right to ${action} ${on}.`];
  if (query.length > 0) lines.push(`After the question mark: ${query.map((word) => `\`${word}\``).join(", ")}.`);
  if (errors.length > 0) lines.push(`Errors of its own: ${errors.map((code) => `\`${code}\``).join(", ")}.`);
  const fields = body === null ? [] : ownRows(body);
  if (fields.length > 0) lines.push("", "| body | |", "| --- | --- |", ...fields.map(rowText));
  const given = rowsOf(result, "output");
  if (given.length > 0) lines.push("", "| gives | |", "| --- | --- |", ...given.map(rowText));
  return lines.join("\n");
}

function basePart(): string {
  return `## Fields of every body\n\n| body | |\n| --- | --- |\n${rowsOf(baseBodySchema, "input").map(rowText).join("\n")}`;
}

function unbuiltPart(): string {
  const rows = unbuiltCalls.map(({ method, path }) => `| \`${method} ${path}\` |`);
  return `## Not built\n\nCalls that SkyPilot's clients know and that are refused with \`not-implemented\`.\n\n| call |\n| --- |\n${rows.join("\n")}`;
}

function ownRows(body: z.ZodType): readonly SchemaRow[] {
  const every = new Set(rowsOf(baseBodySchema, "input").map(({ path }) => path));
  return rowsOf(body, "input").filter(({ path }) => !every.has(path));
}

function rowsOf(schema: z.ZodType, io: "input" | "output"): readonly SchemaRow[] {
  return schemaRows(z.toJSONSchema(schema, { unrepresentable: "any", io }), []).filter(
    ({ path }) => path.split(/[.[]/).length <= 3,
  );
}

function rowText({ path, kinds }: SchemaRow): string {
  return `| \`${path}\` | ${kinds.replaceAll("|", "\\|")} |`;
}

function isCall(name: string): name is CallName {
  return Object.hasOwn(calls, name);
}
