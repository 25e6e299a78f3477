// Reads a call's JSON body; what does not fit is answered in the form that SkyPilot's clients know.
import { HTTPException } from "hono/http-exception";
import { SENT_BYTES_MAX } from "#shared/yaml/file-size.ts";
import type { z } from "zod";
import { issueEntry } from "./issue-entry.ts";

/** A task as clients send it, as JSON text. */
const BODY_BYTES_MAX = 2 * SENT_BYTES_MAX;

/** Throws an HTTPException whose answer is 413, or 422 when the text is no JSON. */
export async function readJson(request: Request): Promise<unknown> {
  const text = await request.text();
  if (text.length > BODY_BYTES_MAX) throw answerWith(413, { detail: "the body is too large" });
  return parsedJson(text);
}

/** Throws an HTTPException whose answer is 422, with one entry for each thing that is wrong. */
export function checkBody<Schema extends z.ZodType>(json: unknown, schema: Schema): z.output<Schema> {
  const result = schema.safeParse(json ?? {});
  if (result.success) return result.data;
  throw answerWith(422, { detail: result.error.issues.map((issue) => issueEntry(issue, json)) });
}

/** Throws when the text is no JSON. */
function parsedJson(text: string): unknown {
  if (text === "") return {};
  try {
    return JSON.parse(text);
  } catch (error) {
    throw answerWith(422, {
      detail: [
        { type: "json_invalid", loc: ["body"], msg: "JSON decode error", input: {}, ctx: { error: String(error) } },
      ],
    });
  }
}

export function answerWith(status: 400 | 403 | 404 | 413 | 422 | 507, body: unknown): HTTPException {
  return new HTTPException(status, { res: Response.json(body, { status }) });
}
