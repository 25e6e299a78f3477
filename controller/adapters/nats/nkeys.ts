// NATS identities: Ed25519 keys in their base32 clothing, derived from one secret, and the signed claims (JWT) they make.
import { createHash, createHmac, createPrivateKey, createPublicKey, sign, type KeyObject } from "node:crypto";

/** First letter of a public key: who may sign what. */
const roleBytes = { operator: 14 << 3, account: 0, user: 20 << 3 } as const;
const SEED_BYTE = 18 << 3;

export type KeyRole = keyof typeof roleBytes;

export interface KeyPair {
  /** "O…", "A…" or "U…". */
  readonly publicKey: string;
  /** "SO…", "SA…" or "SU…": the secret. */
  readonly seed: string;
  sign(data: Uint8Array): Uint8Array;
}

/** The same secret and purpose give the same pair, always: nothing but the secret has to be kept. */
export function deriveKey(secret: Uint8Array, role: KeyRole, purpose: string): KeyPair {
  const raw = createHmac("sha256", secret).update(`${role}/${purpose}`).digest();
  const key = privateKey(raw);
  const point = Buffer.from(createPublicKey(key).export({ format: "jwk" }).x ?? "", "base64url");
  const role8 = roleBytes[role];
  return {
    publicKey: armour(Buffer.from([role8]), point),
    seed: armour(Buffer.from([SEED_BYTE | (role8 >> 5), (role8 & 31) << 3]), raw),
    sign: (data) => sign(null, data, key),
  };
}

/** A secret word for one purpose, 43 characters of base64url. */
export function deriveToken(secret: Uint8Array, purpose: string): string {
  return createHmac("sha256", secret).update(`token/${purpose}`).digest("base64url");
}

/** PKCS #8 of a raw Ed25519 key is this prefix and the 32 bytes (RFC 8410). */
function privateKey(raw: Uint8Array): KeyObject {
  const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), raw]);
  return createPrivateKey({ key: der, format: "der", type: "pkcs8" });
}

export interface Claims {
  readonly name: string;
  readonly subject: string;
  /** Seconds since the epoch. */
  readonly issuedAt: number;
  /** Seconds; absent: never ends. */
  readonly expiresAt?: number;
  /** The `nats` part: type, limits, permissions. */
  readonly nats: Readonly<Record<string, unknown>>;
}

/** A signed claim as nats-server reads it (JWT version 2, algorithm ed25519-nkey). */
export function signClaims(claims: Claims, issuer: KeyPair): string {
  const body = {
    iat: claims.issuedAt,
    iss: issuer.publicKey,
    name: claims.name,
    sub: claims.subject,
    ...(claims.expiresAt === undefined ? {} : { exp: claims.expiresAt }),
    nats: { version: 2, ...claims.nats },
  };
  const jti = base32(createHash("sha256").update(JSON.stringify(body)).digest());
  const head = encode({ typ: "JWT", alg: "ed25519-nkey" });
  const text = `${head}.${encode({ jti, ...body })}`;
  return `${text}.${Buffer.from(issuer.sign(Buffer.from(text))).toString("base64url")}`;
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

/** The file that NATS programs call credentials: the claim and the secret that proves it is ours. */
export function credentialsFile(jwt: string, seed: string): string {
  return [
    "-----BEGIN NATS USER JWT-----",
    jwt,
    "------END NATS USER JWT------",
    "",
    "This file is a secret: who has it is this user.",
    "",
    "-----BEGIN USER NKEY SEED-----",
    seed,
    "------END USER NKEY SEED------",
    "",
  ].join("\n");
}

function armour(prefix: Uint8Array, content: Uint8Array): string {
  const body = Buffer.concat([prefix, content]);
  const sum = Buffer.alloc(2);
  sum.writeUInt16LE(crc16(body));
  return base32(Buffer.concat([body, sum]));
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

function base32(bytes: Uint8Array): string {
  let text = "";
  let buffer = 0;
  let bits = 0;
  for (const byte of bytes) {
    buffer = ((buffer << 8) | byte) & 0xfff;
    bits += 8;
    for (; bits >= 5; bits -= 5) text += ALPHABET[(buffer >> (bits - 5)) & 31];
  }
  return bits === 0 ? text : text + ALPHABET[(buffer << (5 - bits)) & 31];
}

/** CRC-16 with polynomial 0x1021 and start 0, as nkeys have it. */
function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021;
    crc &= 0xffff;
  }
  return crc;
}
