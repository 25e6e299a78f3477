// Whose program holds a port.
import { describe, expect, test } from "bun:test";
import { listenerOf } from "./port-owner.ts";

describe("local-server/port-owner", () => {
  test("whose program listens on a port is in the kernel's tables, connections from that port are not", () => {
    const tables = [
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
      "   0: 0100007F:B5F4 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1000        0 11 1",
      "   1: 0100007F:B5F4 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1001        0 12 1",
    ].join("\n");

    expect(listenerOf(tables, 0xb5f4)).toBe(1001);
    expect(listenerOf(tables, 0x1f90)).toBeUndefined();
  });
});
