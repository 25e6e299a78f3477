// The text of a file that the user named.
import { StixError } from "#shared/errors/stix-error.ts";
import { decodeUtf8, NOT_UTF8 } from "#shared/yaml/decode.ts";

/** Throws bad-yaml for bytes that are no UTF-8. */
export function utf8Of(bytes: Uint8Array, shown: string): string {
  const text = decodeUtf8(bytes);
  if (text !== undefined) return text;
  throw new StixError({
    code: "bad-yaml",
    message: `${shown}: ${NOT_UTF8}`,
    hint: "save it as UTF-8 in your editor",
    details: { exception: "ValueError" },
  });
}
