// A large upload to the compiled server: its memory stays flat, and others are served meanwhile.
import { expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { deflateRawSync } from "node:zlib";
import { SERVER_TOKEN_HEADER } from "#shared/api/server-token.ts";
import { Deployment } from "./harness.ts";

setDefaultTimeout(240_000);

const MIB = 1024 * 1024;
const PART_MIB = 100;
const PARTS = 4;
/** Before, all of it was held twice. */
const MEMORY_MIB_MAX = 150;
/** The longest that a line may be late; the server was silent for seconds. On a machine that others use as well. */
const LATE_MS_MAX = 1500;

/** Files of zeros, packed 1,000 to 1, and the archive's id. */
function zeros(): { readonly id: string; readonly bytes: Buffer } {
  const content = Buffer.alloc(PART_MIB * MIB);
  const packed = deflateRawSync(content);
  const digest = new Bun.CryptoHasher("sha256").update(content).digest();
  const whole = new Bun.CryptoHasher("sha256");
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  for (let index = 0; index < PARTS; index += 1) {
    const name = Buffer.from(`w/zeros${index}`);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(name.length, 26);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE(8, 10);
    central.writeUInt32LE(packed.length, 20);
    central.writeUInt32LE(content.length, 24);
    central.writeUInt16LE(name.length, 28);
    central.writeUInt32LE(index * (30 + name.length + packed.length), 42);
    locals.push(local, name, packed);
    centrals.push(central, name);
    whole.update(name).update(digest);
  }
  const directory = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(PARTS, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(PARTS * (30 + 8 + packed.length), 16);
  return { id: whole.digest("hex"), bytes: Buffer.concat([...locals, directory, end]) };
}

function memoryMib(pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
}

test("400 MB in a 400 kB archive: memory is flat, and a follower gets its lines meanwhile", async () => {
  await using on = new Deployment();
  await on.ok(["launch", "-y", "-d", "-c", "f", "for i in $(seq 1 3000); do echo line $i; sleep 0.05; done"]);
  await using follower = on.start(["logs", "f", "1"]);
  await follower.waitFor("line 3");
  const [server] = on.processes("server");
  if (server === undefined) throw new Error("no server");
  const { id, bytes } = zeros();
  const before = memoryMib(server.pid);

  let latest = performance.now();
  let lines = follower.output().length;
  let worstMs = 0;
  const look = () => {
    const now = performance.now();
    if (follower.output().length > lines) [latest, lines] = [now, follower.output().length];
    worstMs = Math.max(worstMs, now - latest);
  };
  const timer = setInterval(look, 20);
  const linesBefore = lines;
  const token = readFileSync(`${on.state}/server.token`, "utf8").trim();
  const response = await fetch(
    `http://127.0.0.1:${on.port}/upload_v2?user_hash=abcd1234&upload_id=${id}&chunk_index=0&total_chunks=1`,
    { method: "POST", body: bytes, headers: { [SERVER_TOKEN_HEADER]: token } },
  );
  const answer: unknown = await response.json();
  clearInterval(timer);
  look();

  expect([response.status, answer]).toEqual([200, { status: "completed", missing_chunks: null }]);
  expect(memoryMib(server.pid) - before).toBeLessThan(MEMORY_MIB_MAX);
  expect(lines).toBeGreaterThan(linesBefore);
  expect(worstMs).toBeLessThan(LATE_MS_MAX);
});
