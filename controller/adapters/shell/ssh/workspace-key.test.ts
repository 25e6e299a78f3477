// Keys of workspaces, made by the real ssh-keygen.
import { describe, expect, test } from "bun:test";
import { mkdtemp, readdir, rm, stat, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { workspaceKey } from "./workspace-key.ts";

describe("shell/ssh/workspace-key", () => {
  test("many at once get one pair, private to us, and nothing is left beside it", async () => {
    const folder = await mkdtemp(`${tmpdir()}/stix-keys-`);

    const keys = await Promise.all(Array.from({ length: 6 }, () => workspaceKey(folder, "team")));

    expect(new Set(keys.map(({ publicKey }) => publicKey)).size).toBe(1);
    expect(keys[0]?.publicKey).toMatch(/^ssh-ed25519 \S+ stix team$/);
    expect((await stat(`${folder}/team`)).mode & 0o777).toBe(0o600);
    expect((await readdir(folder)).toSorted()).toEqual(["team", "team.pub"]);
    await rm(folder, { recursive: true });
  });

  test("a crash between the halves makes no other pair: the public one follows from the private", async () => {
    const folder = await mkdtemp(`${tmpdir()}/stix-keys-`);
    const { publicKey } = await workspaceKey(folder, "team");
    await unlink(`${folder}/team.pub`);

    const again = await workspaceKey(folder, "team");

    expect(again.publicKey.split(" ").slice(0, 2)).toEqual(publicKey.split(" ").slice(0, 2));
    await rm(folder, { recursive: true });
  });

  test("a name that would leave the folder is refused", async () => {
    await expect(workspaceKey("/nowhere", "../x")).rejects.toThrow(/no name of a workspace/);
  });
});
