// Why each package is here rather than a hundred lines of our own. The house test keeps this list complete.

export const reasons: Readonly<Record<string, string>> = {
  "@peculiar/x509": "makes the certificate authority and the certificates; ASN.1 is no place for our own code",
  "drizzle-orm": "typed queries and migrations, the same for SQLite and Postgres",
  fflate: "zip archives in memory, for the uploads that clients send",
  hono: "routes, streams and validation on Bun.serve, small and without magic",
  nats: "the protocol of the bus, with reconnecting and flow control",
  "nkeys.js": "the keys of NATS, in the format its server reads",
  "reflect-metadata": "what @peculiar/x509 expects to find; it carries none itself",
  yaml: "task files with line and column, duplicate keys and comments; the built-in parser has none of these",
  zod: "one schema gives the type and the check at every border",
  "@types/bun": "the compiler's knowledge of the runtime",
  bun: "the runtime, at the version everything was tested with",
  "fast-check": "property tests that shrink what they find",
  oxfmt: "one layout for every file, so that nobody discusses it; 0.4 s for the tree, half of Biome's time",
  "oxlint-tsgolint": "the rules of oxlint that need types: floating promises, exhaustive switches",
  oxlint: "the part of the style a machine can check, in a second",
  typescript: "the type checker",
};
