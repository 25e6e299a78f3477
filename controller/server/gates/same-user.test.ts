// Who may speak with a server that has no passwords.
import { requireRoot } from "#test/require.ts";
import { describe, expect, test } from "bun:test";
import { createSameUser, socketOwners, type Peer } from "./same-user.ts";

const header = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
const row = (local: string, remote: string, uid: number, { inode = 11, state = "01" } = {}): string =>
  `   7: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000  ${uid}        0 ${inode} 1 0000 20 4 30 10 -1\n`;
const mapped = "0000000000000000FFFF0000";
const client: Peer = { address: "127.0.0.1", port: 0xc350 };
const server: Peer = { address: "127.0.0.1", port: 0xb5f4 };
const own = "0100007F:C350";
const ours = "0100007F:B5F4";

describe("server/gates/same-user", () => {
  test("finds the owner of a client's socket, not of the server's end of it", () => {
    const tables = header + row(ours, own, 1000) + row(own, ours, 0);

    expect(socketOwners(tables, client, server)).toEqual([0]);
    expect(socketOwners(tables, server, client)).toEqual([1000]);
    expect(socketOwners(tables, client, { ...server, port: 0x1111 })).toEqual([]);
  });

  test("both addresses count, not the ports alone", () => {
    const tables = header + row(own, ours, 1000) + row("0700007F:C350", ours, 1001) + row(own, "0900007F:B5F4", 1002);

    expect(socketOwners(tables, client, server)).toEqual([1000]);
    expect(socketOwners(tables, { ...client, address: "127.0.0.7" }, server)).toEqual([1001]);
    expect(socketOwners(tables, client, { ...server, address: "127.0.0.9" })).toEqual([1002]);
    expect(socketOwners(tables, { ...client, address: "10.0.0.1" }, server)).toEqual([]);
  });

  test("addresses of IPv6, and of IPv4 in its clothing", () => {
    const one = "00000000000000000000000001000000";
    const tables =
      header +
      row(`${one}:C350`, `${one}:B5F4`, 1000) +
      row(`${mapped}0700007F:C350`, `${mapped}0100007F:B5F4`, 1001) +
      row("B80D01200000000000000000DE0AADFB:C350", `${one}:B5F4`, 1002);

    expect(socketOwners(tables, { address: "::1", port: 0xc350 }, { address: "::1", port: 0xb5f4 })).toEqual([1000]);
    for (const address of ["127.0.0.7", "::ffff:127.0.0.7", "::ffff:7f00:7"])
      expect(socketOwners(tables, { address, port: 0xc350 }, server)).toEqual([1001]);
    expect(
      socketOwners(tables, { address: "2001:db8::fbad:0ade", port: 0xc350 }, { address: "::1", port: 0xb5f4 }),
    ).toEqual([1002]);
    expect(socketOwners(tables, client, server)).toEqual([]);
    expect(socketOwners(tables, { address: "no address", port: 0xc350 }, server)).toEqual([]);
  });

  test("a socket left by its process is nobody's, and one that waits or is being made is no connection", () => {
    const tables =
      header +
      row(own, ours, 0, { inode: 0 }) +
      ["02", "03", "04", "05", "06", "08", "0A"].map((state) => row(own, ours, 1000, { state })).join("");

    expect(socketOwners(tables, client, server)).toEqual([]);
  });

  const ask = (
    tables: () => string | null,
    peer: () => Peer | null = () => client,
    platform = "linux",
  ): Promise<boolean> => createSameUser({ uid: 1000, platform, socketTables: async () => tables() })(peer, server);

  test("the own user and root are served; others, and who is not in the tables, are not", async () => {
    expect(await ask(() => header + row(own, ours, 1000))).toBe(true);
    expect(await ask(() => header + row(own, ours, 0))).toBe(true);
    expect(await ask(() => header + row(own, ours, 1001))).toBe(false);
    expect(await ask(() => header + row(own, ours, 1000) + row(own, ours, 1001))).toBe(false);
    expect(await ask(() => header)).toBe(false);
    expect(
      await ask(
        () => header + row(own, ours, 1000),
        () => null,
      ),
    ).toBe(false);
  });

  test("a connection that ended while the tables were read proves nothing", async () => {
    const seen: (Peer | null)[] = [client, null];
    expect(
      await ask(
        () => header + row(own, ours, 1000),
        () => seen.shift() ?? null,
      ),
    ).toBe(false);
    const moved: Peer[] = [client, { ...client, port: 1 }];
    expect(
      await ask(
        () => header + row(own, ours, 1000),
        () => moved.shift() ?? null,
      ),
    ).toBe(false);
  });

  test("a row that one reading missed is found by the next", async () => {
    const readings = [header, header, header + row(own, ours, 1000)];
    expect(await ask(() => readings.shift() ?? "")).toBe(true);
  });

  test("tables that cannot be read where there must be some make nobody the owner", async () => {
    expect(await ask(() => null)).toBe(false);
    expect(
      await ask(
        () => null,
        () => client,
        "darwin",
      ),
    ).toBe(true);
  });

  test("nothing is remembered of a connection, and each question gets a reading that began after it", async () => {
    let uid = 1000;
    const held: PromiseWithResolvers<void>[] = [];
    const isSameUser = createSameUser({
      uid: 1000,
      platform: "linux",
      socketTables: async () => {
        const tables = header + row(own, ours, uid);
        const hold = Promise.withResolvers<void>();
        held.push(hold);
        await hold.promise;
        return tables;
      },
    });
    const first = isSameUser(() => client, server);
    await Bun.sleep(0);

    uid = 1001;
    const during = [isSameUser(() => client, server), isSameUser(() => client, server)];
    held[0]?.resolve();
    expect(await first).toBe(true);
    await Bun.sleep(0);
    held[1]?.resolve();

    expect(await Promise.all(during)).toEqual([false, false]);
    expect(held).toHaveLength(2);
  });

  test("a real connection of another user's process is told from our own", async () => {
    requireRoot("start a process as somebody else");
    const seen: boolean[] = [];
    const check = createSameUser({ uid: process.getuid?.() ?? 0 });
    using listening = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: async (request, self) => {
        seen.push(await check(() => self.requestIP(request), { address: "127.0.0.1", port: self.port ?? 0 }));
        return new Response("ok");
      },
    });
    const asUser = async (uid: number): Promise<number> =>
      await Bun.spawn([process.execPath, "-e", `await fetch("http://127.0.0.1:${listening.port}/")`], {
        uid,
        cwd: "/",
        stderr: "ignore",
        env: { BUN_BE_BUN: "1", HOME: "/tmp" },
      }).exited;

    await fetch(`http://127.0.0.1:${listening.port}/`);
    await asUser(65_534);

    expect(seen).toEqual([true, false]);
  });
});
