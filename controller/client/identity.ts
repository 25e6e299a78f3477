// Who asks: the user's hash and name, as every request carries them.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import type { Random } from "#shared/clock.ts";
import type { StatePaths } from "#shared/paths.ts";

type Env = Readonly<Record<string, string | undefined>>;

const HASH = /^[0-9a-f]{8}$/;

/** Eight hex digits. Made once and kept; two first commands at once agree on one. */
export function userHash(env: Env, paths: StatePaths, random: Random): string {
  const given = env["SKYPILOT_USER_ID"];
  if (given !== undefined && given !== "") return given;
  const kept = tryRead(paths.userHash);
  if (kept !== undefined) return kept;
  const made = random.uuid().replaceAll("-", "").slice(0, 8);
  mkdirSync(paths.root, { recursive: true, mode: 0o700 });
  try {
    writeFileSync(paths.userHash, `${made}\n`, { flag: "wx", mode: 0o600 });
    return made;
  } catch {
    // Another command was first, or the folder cannot be written: then this one lasts for this command.
    return tryRead(paths.userHash) ?? made;
  }
}

export function userName(env: Env): string {
  return env["SKYPILOT_USER"] ?? env["USER"] ?? env["LOGNAME"] ?? userInfo().username;
}

/** What of our environment the server may know. Secrets stay here. */
export function sharedEnvironment(env: Env, paths: StatePaths, random: Random): Record<string, string> {
  const shared: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && name.startsWith("SKYPILOT_") && !/TOKEN|PASSWORD|SECRET|COOKIE|CONNECTION_URI|BASIC_AUTH/.test(name)) {
      shared[name] = value;
    }
  }
  return {
    ...shared,
    SKYPILOT_USER_ID: userHash(env, paths, random),
    SKYPILOT_USER: userName(env),
    SKYPILOT_USAGE_RUN_ID: random.uuid(),
  };
}

function tryRead(path: string): string | undefined {
  try {
    const text = readFileSync(path, "utf8").trim();
    return HASH.test(text) ? text : undefined;
  } catch {
    return undefined;
  }
}
