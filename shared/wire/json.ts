// Messages as the bytes that travel: JSON in UTF-8, checked by a schema where they arrive.
import type { z } from "zod";

export function encodeMessage(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

/** Throws SyntaxError or ZodError when it is not what the schema says. */
export function decodeMessage<T>(schema: z.ZodType<T>, data: Uint8Array): T {
  return schema.parse(JSON.parse(new TextDecoder().decode(data)));
}
