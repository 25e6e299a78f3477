// Takes secrets out of texts that people and logs will see.

const MASK = "<redacted>";
/** Shorter ones would cut words to pieces, and guard nothing. */
const SECRET_LEAST = 6;

/** What looks like a secret whoever gave it: authorization headers, keys in addresses and in JSON, private keys. */
const SHAPES: readonly RegExp[] = [
  /\b(Bearer|Basic|Token)\s+[\w.~+/=-]{8,}/gi,
  /((?:api[-_]?key|access[-_]?key|secret|token|password|passwd|signature|x-amz-[a-z-]+)["']?\s*[=:]\s*["']?)[^\s"'&,}]+/gi,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----/g,
  /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g,
];

/** `secrets`: the account's own, by value; longer ones first, so that none is half shown. */
export function redacted(text: string, secrets: readonly string[] = []): string {
  const named = secrets.filter((secret) => secret.length >= SECRET_LEAST).toSorted((a, b) => b.length - a.length);
  const known = named.reduce((rest, secret) => rest.replaceAll(secret, MASK), text);
  return SHAPES.reduce(
    (rest, shape) =>
      rest.replace(shape, (_whole, kept: unknown) =>
        typeof kept === "string" ? `${kept}${/^\w+$/.test(kept) ? " " : ""}${MASK}` : MASK,
      ),
    known,
  );
}
