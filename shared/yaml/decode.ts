// Bytes of a file as text.

export const NOT_UTF8 = "the file is not in UTF-8";

/** Undefined when the bytes are no UTF-8. A byte order mark goes. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
