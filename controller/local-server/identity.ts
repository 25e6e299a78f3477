// Who asks: the user's hash and name, as every request carries them.
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { StixError } from "#shared/errors/stix-error.ts";
import type { Random } from "#shared/clock.ts";
import type { StatePaths } from "#shared/paths.ts";

type Env = Readonly<Record<string, string | undefined>>;

const HASH = /^[0-9a-f]{8}$/;

/** Eight hex digits. Made once and kept; two first commands at once agree on one. Throws StixError damaged-file. */
export function userHash(env: Env, paths: StatePaths, random: Random): string {
  const given = env["SKYPILOT_USER_ID"];
  if (given !== undefined && given !== "") return given;
  const kept = tryRead(paths.userHash, /^/);
  if (kept !== undefined && HASH.test(kept)) return kept;
  // Another one would make us somebody else, whose clusters are not ours and whose files are not found.
  if (kept !== undefined) {
    throw new StixError({
      code: "damaged-file",
      message: `'${paths.userHash}' does not hold who you are: eight digits of 0-9 and a-f`,
      hint: `put a backup there, or be somebody new to your clusters: rm '${paths.userHash}'`,
    });
  }
  const made = random.uuid().replaceAll("-", "").slice(0, 8);
  mkdirSync(paths.root, { recursive: true, mode: 0o700 });
  // Written beside and then named, so that a full disk leaves no empty file that would make us somebody else every time.
  const beside = `${paths.userHash}.${made}`;
  try {
    writeFileSync(beside, `${made}\n`, { flag: "wx", mode: 0o600 });
    linkSync(beside, paths.userHash);
  } catch {
    // Another command was first, or the folder cannot be written: then this one lasts for this command.
  } finally {
    rmSync(beside, { force: true });
  }
  return tryRead(paths.userHash, HASH) ?? made;
}

export function userName(env: Env): string {
  const named = [env["SKYPILOT_USER"], env["LOGNAME"], env["USER"]].find((name) => name !== undefined && name !== "");
  return named ?? accountName() ?? "unknown";
}

/** The runtime's own userInfo() only knows the variables. */
export function accountName(uid: number | undefined = process.getuid?.()): string | undefined {
  const id = String(uid);
  const line = tryRead("/etc/passwd", /[\s\S]*/)
    ?.split("\n")
    .find((one) => one.split(":")[2] === id);
  return line?.split(":")[0];
}

/** What of our environment the server may know. Secrets stay here. */
export function sharedEnvironment(env: Env, paths: StatePaths, random: Random): Record<string, string> {
  const shared: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (
      value !== undefined &&
      name.startsWith("SKYPILOT_") &&
      !/TOKEN|PASSWORD|SECRET|COOKIE|CONNECTION_URI|BASIC_AUTH/.test(name)
    ) {
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

function tryRead(path: string, form: RegExp): string | undefined {
  try {
    const text = readFileSync(path, "utf8").trim();
    return form.test(text) ? text : undefined;
  } catch {
    return undefined;
  }
}
