// Who may speak with a server that has no passwords.
import { describe, expect, test } from "bun:test";
import { createSameUser, socketOwner } from "./same-user.ts";

const header = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
const row = (local: string, remote: string, uid: number, inode: number): string =>
  `   7: 0100007F:${local} 0100007F:${remote} 01 00000000:00000000 00:00000000 00000000  ${uid}        0 ${inode} 1 0000 20 4 30 10 -1\n`;

describe("server/same-user", () => {
  test("finds the owner of a client's socket, not of the server's end of it", () => {
    const tables = header + row("B5F4", "C350", 1000, 11) + row("C350", "B5F4", 0, 12);

    expect(socketOwner(tables, 0xc350, 0xb5f4)).toBe(0);
    expect(socketOwner(tables, 0xb5f4, 0xc350)).toBe(1000);
    expect(socketOwner(tables, 0xc350, 0x1111)).toBeNull();
  });

  test("a socket left by its process is nobody's, though it is listed under root", () => {
    expect(socketOwner(header + row("C350", "B5F4", 0, 0), 0xc350, 0xb5f4)).toBeNull();
  });

  test("another user is refused, the own user and root are not", () => {
    let uid = 1001;
    const isSameUser = createSameUser({ uid: 1000, monotonic: () => 0, socketTables: () => header + row("C350", "B5F4", uid, 9) });
    const peer = { address: "127.0.0.1", port: 0xc350 };

    expect(isSameUser(peer, 0xb5f4)).toBe(false);
    uid = 0;
    expect(isSameUser(peer, 0xb5f4)).toBe(true);
    expect(isSameUser({ address: "127.0.0.1", port: 4 }, 0xb5f4)).toBe(false);
    expect(isSameUser(null, 0xb5f4)).toBe(false);
  });

  test("trust ends after a moment, since the port may become somebody else's", () => {
    let [uid, now] = [1000, 0];
    const isSameUser = createSameUser({ uid: 1000, monotonic: () => now, socketTables: () => header + row("C350", "B5F4", uid, 9) });
    const peer = { address: "127.0.0.1", port: 0xc350 };
    expect(isSameUser(peer, 0xb5f4)).toBe(true);

    uid = 1001;
    now = 5_000;

    expect(isSameUser(peer, 0xb5f4)).toBe(false);
  });

  test("a real connection of another user's process is told from our own", async () => {
    const seen: boolean[] = [];
    using server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: (request, self) => {
        seen.push(check(self.requestIP(request), self.port ?? 0));
        return new Response("ok");
      },
    });
    const check = createSameUser({ uid: process.getuid?.() ?? 0, monotonic: () => performance.now() });
    const ask = async (uid: number): Promise<number> =>
      await Bun.spawn([process.execPath, "-e", `await fetch("http://127.0.0.1:${server.port}/")`], { uid, cwd: "/", stderr: "ignore", env: { BUN_BE_BUN: "1", HOME: "/tmp" } }).exited;

    await fetch(`http://127.0.0.1:${server.port}/`);
    // Only root may start a process as somebody else.
    if (process.getuid?.() === 0) await ask(65_534);

    expect(seen).toEqual(process.getuid?.() === 0 ? [true, false] : [true]);
  });
});
