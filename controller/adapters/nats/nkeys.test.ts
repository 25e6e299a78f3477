// Our keys against the library's: same public key, same signatures, for any secret.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { fromPublic, fromSeed } from "nkeys.js";
import { deriveKey, signClaims, type KeyRole } from "./nkeys.ts";

const text = new TextEncoder();

describe("adapters/nats/nkeys", () => {
  test("a derived key is a key to the NATS library too", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.constantFrom<KeyRole>("operator", "account", "user"),
        fc.uint8Array(),
        (secret, role, data) => {
          const ours = deriveKey(secret, role, "purpose");
          const theirs = fromSeed(text.encode(ours.seed));

          expect(theirs.getPublicKey()).toBe(ours.publicKey);
          expect(Buffer.from(theirs.sign(data)).equals(Buffer.from(ours.sign(data)))).toBe(true);
        },
      ),
      { numRuns: 30 },
    );
  });

  test("purposes and roles never share a key, the same purpose always does", () => {
    const secret = new Uint8Array(32).fill(7);
    const keys = [
      deriveKey(secret, "user", "a"),
      deriveKey(secret, "user", "b"),
      deriveKey(secret, "account", "a"),
      deriveKey(secret, "user", "a"),
    ].map((key) => key.seed);

    expect(new Set(keys).size).toBe(3);
    expect(keys[3]).toBe(keys[0] ?? "");
  });

  test("claims are signed by the issuer over exactly what is sent", () => {
    const issuer = deriveKey(new Uint8Array(32), "operator", "x");
    const jwt = signClaims({ name: "n", subject: "s", issuedAt: 5, nats: { type: "account" } }, issuer);
    const [head, body, signature] = jwt.split(".");

    expect(
      fromPublic(issuer.publicKey).verify(text.encode(`${head}.${body}`), Buffer.from(signature ?? "", "base64url")),
    ).toBe(true);
    expect(JSON.parse(Buffer.from(body ?? "", "base64url").toString())).toMatchObject({
      iat: 5,
      iss: issuer.publicKey,
      sub: "s",
      nats: { version: 2, type: "account" },
    });
  });
});
