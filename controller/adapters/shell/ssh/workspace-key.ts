// The key pair that machines of a workspace let in: made once, by OpenSSH's own tool, and kept on the controller's machine.
import { existsSync } from "node:fs";
import { link, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import type { SshKey } from "#controller/providers/contract/environment.ts";
import { StixError } from "#shared/errors/stix-error.ts";

/** Names of workspaces are letters, digits, dashes, dots and underscores; anything else must not become a path. */
const SAFE_NAME = /^[A-Za-z0-9][\w.-]*$/;

/** Two at once, in this process or another, get the same pair. Throws StixError when ssh-keygen is missing or fails. */
export async function workspaceKey(folder: string, workspace: string): Promise<SshKey> {
  if (!SAFE_NAME.test(workspace))
    throw new StixError({
      code: "bad-value",
      message: `'${workspace}' is no name of a workspace`,
      hint: "use letters, digits, dashes, dots and underscores",
    });
  const privateKeyFile = `${folder}/${workspace}`;
  if (!existsSync(`${privateKeyFile}.pub`)) await makeKey(folder, workspace);
  return { privateKeyFile, publicKey: (await readFile(`${privateKeyFile}.pub`, "utf8")).trim() };
}

/** Made aside and linked into place, the private half first: whoever comes second keeps what is there. */
async function makeKey(folder: string, workspace: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const aside = await mkdtemp(`${folder}/.new-`);
  try {
    await generate(`${aside}/key`, workspace);
    const isOurs = await tryLink(`${aside}/key`, `${folder}/${workspace}`);
    // The public half is always made from the private one that stands.
    if (isOurs) await tryLink(`${aside}/key.pub`, `${folder}/${workspace}.pub`);
    else await publishHalf(aside, `${folder}/${workspace}`);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

async function publishHalf(aside: string, privateKeyFile: string): Promise<void> {
  const text = await run(["ssh-keygen", "-y", "-f", privateKeyFile]);
  await Bun.write(`${aside}/half.pub`, text);
  await tryLink(`${aside}/half.pub`, `${privateKeyFile}.pub`);
}

async function generate(path: string, workspace: string): Promise<void> {
  await run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", `stix ${workspace}`, "-f", path]);
}

async function run(command: readonly string[]): Promise<string> {
  const [program = ""] = command;
  if (Bun.which(program) === null)
    throw new StixError({
      code: "part-missing",
      message: `${program} is not installed on the server's machine`,
      hint: "install OpenSSH's client (apt install openssh-client), then try again",
    });
  const child = Bun.spawn([...command], { stdio: ["ignore", "pipe", "pipe"] });
  const [out, complaint, status] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (status === 0) return out;
  throw new StixError({
    code: "setup-failed",
    message: `cannot make a key pair: ${complaint.trim().split("\n").at(-1) ?? `${program} ended with ${status}`}`,
    hint: "look at the message, then try again",
  });
}

/** False: somebody was first. */
async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}
