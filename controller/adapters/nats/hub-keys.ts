// The hub's one secret and what follows from it: operator, accounts, users, bus keys, boot tokens.
import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { StixError } from "#shared/errors/stix-error.ts";
import { readIfThere } from "#shared/os/json-file.ts";
import { writeWhole } from "#shared/os/whole-file.ts";
import { credentialsFile, deriveKey, deriveToken, signClaims, type KeyPair } from "./nkeys.ts";
import {
  clusterPermissions,
  controllerPermissions,
  monitorExports,
  monitorImports,
  monitorPermissions,
  type Permissions,
} from "./permissions.ts";

/** An absent controller must not lock its clusters out; renewed in answers to `register` when a third is left. */
export const CREDENTIALS_DAYS = 90;
const SECRET_BYTES = 32;
const UNLIMITED = -1;
const GIB = 2 ** 30;

export interface HubKeys {
  readonly operatorJwt: string;
  readonly systemAccount: { readonly id: string; readonly jwt: string };
  readonly accountId: string;
  /** The account's claim; revoked are public keys of users. */
  accountJwt(issuedAtSeconds: number, revoked: Readonly<Record<string, number>>): string;
  readonly controllerCredentials: string;
  readonly systemCredentials: string;
  /** The account of one monitor, and the public key that names it. `expireAt` in milliseconds; the hub closes what is open then. */
  monitorAccount(monitor: MonitorClaims, issuedAtSeconds: number): { readonly id: string; readonly jwt: string };
  /** The same account for nobody: closes its connections and lets no new one in. */
  closedMonitorAccount(monitor: MonitorClaims, issuedAtSeconds: number): { readonly id: string; readonly jwt: string };
  monitorCredentials(monitor: MonitorClaims): string;
  clusterPublicKey(cid: string): string;
  clusterCredentials(cid: string, nowMs: number): { readonly credentials: string; readonly expireAt: number };
  busKey(cid: string, nid: string): { readonly seed: string; readonly publicKey: string };
  bootToken(cid: string, generation: number): string;
}

/** Times in milliseconds. */
export interface MonitorClaims {
  readonly id: string;
  readonly createdAt: number;
  readonly expireAt: number;
}

/** Reads `<folder>/hub.key` (0600), or makes it once. Throws StixError damaged-file, and the file system's errors. */
export async function loadHubKeys(folder: string): Promise<HubKeys> {
  return hubKeys(await loadSecret(folder));
}

async function loadSecret(folder: string): Promise<Uint8Array> {
  const path = `${folder}/hub.key`;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const known = await readIfThere(path);
  if (known?.length === SECRET_BYTES) return known;
  // Every key that a cluster was given follows from it: a new one would lock them all out without a word.
  if (known !== null) {
    throw new StixError({
      code: "damaged-file",
      message: `the hub's key '${path}' is damaged: it has ${known.length} bytes, not ${SECRET_BYTES}`,
      hint: `put a backup there, or give every cluster new keys: mv '${path}' '${path}.damaged', then stix start each of them`,
    });
  }
  const secret = randomBytes(SECRET_BYTES);
  await writeWhole(path, secret, { durable: true });
  return secret;
}

export function hubKeys(secret: Uint8Array): HubKeys {
  const operator = deriveKey(secret, "operator", "stix");
  const system = deriveKey(secret, "account", "system");
  const account = deriveKey(secret, "account", "stix");
  const monitorKey = (id: string) => ({
    account: deriveKey(secret, "account", `monitor/${id}`),
    user: deriveKey(secret, "user", `monitor/${id}`),
  });
  // Until 2026-11-25 all monitors shared one user that never expired and could make the hub deliver anywhere.
  const sharedMonitor = deriveKey(secret, "user", "monitor").publicKey;
  const monitorAccount = (
    { id, expireAt }: MonitorClaims,
    issuedAt: number,
    more: Readonly<Record<string, unknown>>,
  ) => {
    const { publicKey } = monitorKey(id).account;
    const nats = { type: "account", imports: monitorImports(id, account.publicKey), limits: monitorLimits, ...more };
    return {
      id: publicKey,
      jwt: signClaims(
        { name: `monitor ${id}`, subject: publicKey, issuedAt, expiresAt: Math.floor(expireAt / 1000), nats },
        operator,
      ),
    };
  };
  const clusterKey = (cid: string) => deriveKey(secret, "user", `cluster/${cid}`);
  // Fixed claims are issued at a fixed time, so that the same secret gives the same configuration text.
  const always = 1_700_000_000;
  return {
    operatorJwt: signClaims(
      {
        name: "stix",
        subject: operator.publicKey,
        issuedAt: always,
        nats: { type: "operator", system_account: system.publicKey },
      },
      operator,
    ),
    systemAccount: {
      id: system.publicKey,
      jwt: signClaims(
        {
          name: "SYS",
          subject: system.publicKey,
          issuedAt: always,
          nats: { type: "account", limits: accountLimits({}) },
        },
        operator,
      ),
    },
    accountId: account.publicKey,
    accountJwt: (issuedAt, revoked) =>
      signClaims(
        {
          name: "STIX",
          subject: account.publicKey,
          issuedAt,
          nats: {
            type: "account",
            revocations: { ...revoked, [sharedMonitor]: issuedAt },
            exports: monitorExports,
            limits: accountLimits({ mem_storage: 64 * 2 ** 20, disk_storage: 2 * GIB, streams: 4, consumer: 200 }),
          },
        },
        operator,
      ),
    controllerCredentials: userCredentials(deriveKey(secret, "user", "controller"), account, {
      name: "controller",
      permissions: controllerPermissions,
      issuedAt: always,
    }),
    systemCredentials: userCredentials(deriveKey(secret, "user", "system"), system, {
      name: "controller",
      permissions: controllerPermissions,
      issuedAt: always,
    }),
    monitorAccount: (monitor, issuedAt) => monitorAccount(monitor, issuedAt, {}),
    closedMonitorAccount: (monitor, issuedAt) =>
      monitorAccount(monitor, issuedAt, { limits: { ...monitorLimits, conn: 0 }, revocations: { "*": issuedAt } }),
    monitorCredentials: ({ id, createdAt, expireAt }) => {
      const keys = monitorKey(id);
      return userCredentials(keys.user, keys.account, {
        name: `monitor ${id}`,
        permissions: monitorPermissions(id),
        issuedAt: Math.floor(createdAt / 1000),
        expiresAt: Math.floor(expireAt / 1000),
      });
    },
    clusterPublicKey: (cid) => clusterKey(cid).publicKey,
    clusterCredentials: (cid, nowMs) => {
      const expireAt = nowMs + CREDENTIALS_DAYS * 86_400_000;
      const claims = {
        name: cid,
        permissions: clusterPermissions(cid),
        issuedAt: Math.floor(nowMs / 1000),
        expiresAt: Math.floor(expireAt / 1000),
      };
      return { credentials: userCredentials(clusterKey(cid), account, claims), expireAt };
    },
    busKey: (cid, nid) => {
      const { seed, publicKey } = deriveKey(secret, "user", `bus/${cid}/${nid}`);
      return { seed, publicKey };
    },
    bootToken: (cid, generation) => deriveToken(secret, `boot/${cid}/${generation}`),
  };
}

/** Enough for a program and a few who look; far from what would burden the hub. Questions are small, answers are ours. */
const monitorLimits = { ...accountLimits({}), conn: 8, subs: 256, payload: 4_096, exports: 0, wildcards: false };

function accountLimits(storage: Readonly<Record<string, number>>): Record<string, unknown> {
  return {
    conn: UNLIMITED,
    leaf: 0,
    subs: UNLIMITED,
    data: UNLIMITED,
    payload: UNLIMITED,
    imports: UNLIMITED,
    exports: UNLIMITED,
    wildcards: true,
    ...storage,
  };
}

interface UserClaims {
  readonly name: string;
  readonly permissions: Permissions;
  /** Seconds. */
  readonly issuedAt: number;
  readonly expiresAt?: number;
}

function userCredentials(user: KeyPair, account: KeyPair, { permissions, ...claims }: UserClaims): string {
  const nats = { type: "user", ...permissions, subs: UNLIMITED, data: UNLIMITED, payload: UNLIMITED };
  return credentialsFile(signClaims({ ...claims, subject: user.publicKey, nats }, account), user.seed);
}
