// The header by which our client names a request before it sends it, so that it may send it again after a broken line.

/** Holds a UUID. A server that knows the name answers a second call with the id of the first, and does nothing else. */
export const REQUEST_KEY_HEADER = "X-Stix-Request-Key";

/** On every answer of a STIX server: its version. Its presence says that request keys are understood. */
export const STIX_VERSION_HEADER = "X-Stix-Version";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The key, or null when it is not one. */
export function parseRequestKey(text: string | null | undefined): string | null {
  return text !== null && text !== undefined && UUID.test(text) ? text : null;
}
