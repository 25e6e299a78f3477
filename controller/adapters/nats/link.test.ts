// A hub that dies right after it took our connection: what was asked of it fails as ours, so that it may be asked again.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadHubKeys } from "./hub-keys.ts";
import { LinkError, openLink } from "./link.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "stix-link-"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Speaks as much of the protocol as a connection needs, and hangs up at the question after that. */
function dyingHub() {
  let pings = 0;
  return Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open: (socket) =>
        void socket.write(
          `INFO ${JSON.stringify({ server_id: "x", version: "2.15.2", proto: 1, max_payload: 1_048_576, headers: true, jetstream: true, nonce: "n" })}\r\n`,
        ),
      data: (socket, bytes) => {
        for (const _ of bytes.toString().matchAll(/PING\r\n/g)) {
          pings += 1;
          if (pings === 1) socket.write("PONG\r\n");
          else socket.terminate();
        }
      },
    },
  });
}

test("a hub that dies right after the connection is one that was lost", async () => {
  const hub = dyingHub();
  const keys = await loadHubKeys(`${folder}/keys`);
  const link = await openLink({
    endpoint: `nats://127.0.0.1:${hub.port}`,
    credentials: keys.controllerCredentials,
    ca: null,
    inboxPrefix: "_INBOX_t",
    name: "t",
    timeoutMs: 2_000,
  });

  const failed = await link.flush().catch((error: unknown) => error);
  await link[Symbol.asyncDispose]();
  hub.stop(true);

  expect(failed).toBeInstanceOf(LinkError);
  expect(failed).toMatchObject({ trouble: "disconnected" });
});
