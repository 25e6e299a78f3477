// Archives as clients make them, as attackers would, and damaged ones: what is unpacked, and that nothing else is touched.
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { unpackZip } from "./unpack-zip.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "stix-unpack-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Made {
  readonly name: string;
  readonly content?: string | Uint8Array;
  readonly link?: boolean;
  readonly mode?: number;
  /** Instead of the true sizes. */
  readonly size?: number;
  readonly packedSize?: number;
  readonly headerAt?: number;
  readonly method?: number;
}

/** A zip archive, byte by byte, so that it can lie. */
function zipOf(entries: readonly Made[], { count = entries.length }: { readonly count?: number } = {}): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let at = 0;
  for (const { name, content = "", link = false, mode = 0, size, packedSize, headerAt, method = 8 } of entries) {
    const bytes = Buffer.from(content);
    const packed = method === 8 ? deflateRawSync(bytes) : bytes;
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(method, 8);
    local.writeUInt16LE(Buffer.byteLength(name), 26);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE(method, 10);
    central.writeUInt32LE(packedSize ?? packed.length, 20);
    central.writeUInt32LE(size ?? bytes.length, 24);
    central.writeUInt16LE(Buffer.byteLength(name), 28);
    central.writeUInt32LE(((link ? 0o120777 : mode) << 16) >>> 0, 38);
    central.writeUInt32LE(headerAt ?? at, 42);
    locals.push(local, Buffer.from(name), packed);
    centrals.push(central, Buffer.from(name));
    at += 30 + Buffer.byteLength(name) + packed.length;
  }
  const directory = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Math.min(0xfffe, count), 8);
  end.writeUInt16LE(Math.min(0xfffe, count), 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...locals, directory, end]);
}

/** What SkyPilot's client computes as the id of an archive. */
function idOf(entries: readonly Made[]): string {
  const sha = (content: string | Uint8Array) => new Bun.CryptoHasher("sha256").update(content).digest();
  const whole = new Bun.CryptoHasher("sha256");
  const inOrder = entries.toSorted((left, right) => Buffer.compare(Buffer.from(left.name), Buffer.from(right.name)));
  for (const { name, content = "", link = false } of inOrder)
    whole.update(name).update(sha(name.endsWith("/") && !link ? "" : content));
  return whole.digest("hex");
}

function unpack(bytes: Uint8Array): Promise<string> {
  writeFileSync(`${folder}/a.zip`, bytes);
  return unpackZip(`${folder}/a.zip`, `${folder}/out`);
}

describe("server/uploads/unpack-zip", () => {
  test("files with modes, folders, links and names in any alphabet; the hash is the client's own", async () => {
    const entries: Made[] = [
      { name: "w/", mode: 0o40750 },
      { name: "w/run.sh", content: "echo hi\n", mode: 0o100755 },
      { name: "w/private/", mode: 0o40700 },
      { name: "w/private/key", content: "k", mode: 0o100600 },
      { name: "w/link", content: "run.sh", link: true },
      { name: "w/\uff5e", content: "1" },
      { name: "w/😀", content: "2" },
      { name: "w/stored", content: "as it is", method: 0 },
      { name: "w/empty/" },
    ];

    expect(await unpack(zipOf(entries))).toBe(idOf(entries));
    expect(readdirSync(`${folder}/out/w`).sort()).toEqual(
      ["empty", "link", "private", "run.sh", "stored", "😀", "\uff5e"].sort(),
    );
    expect(
      [
        statSync(`${folder}/out/w/run.sh`),
        statSync(`${folder}/out/w/private`),
        statSync(`${folder}/out/w/private/key`),
      ].map(({ mode }) => mode & 0o777),
    ).toEqual([0o755, 0o700, 0o600]);
    expect(readlinkSync(`${folder}/out/w/link`)).toBe("run.sh");
  });

  test("a name that comes twice is one file, and both count for the hash", async () => {
    const entries: Made[] = [
      { name: "p/a.txt", content: "one" },
      { name: "p/", mode: 0o40755 },
      { name: "p/a.txt", content: "one" },
      { name: "p/" },
      { name: "p/b.txt", content: "two" },
    ];

    expect(await unpack(zipOf(entries))).toBe(idOf(entries));
    expect(readdirSync(`${folder}/out/p`).sort()).toEqual(["a.txt", "b.txt"]);
  });

  test("links to folders are links, with a slash at the end as well; with content below they are folders", async () => {
    const entries: Made[] = [
      { name: "w/", mode: 0o40755 },
      { name: "w/data/", content: "real", link: true },
      { name: "w/real/" },
      { name: "w/real/x", content: "x" },
      { name: "l/", content: "w", link: true },
      { name: "l/real/" },
      { name: "l/real/x", content: "x" },
      { name: "w/data/", content: "real", link: true },
    ];

    expect(await unpack(zipOf(entries))).toBe(idOf(entries));
    expect(readlinkSync(`${folder}/out/w/data`)).toBe("real");
    expect(readFileSync(`${folder}/out/l/real/x`, "utf8")).toBe("x");
    expect(statSync(`${folder}/out/l`).isDirectory()).toBe(true);
  });

  test.each([
    ["climbs", [{ name: "../evil", content: "x" }]],
    ["climbs in the middle", [{ name: "a/../../evil", content: "x" }]],
    ["climbs as a link", [{ name: "a/../../evil", content: "x", link: true }]],
  ] satisfies [string, Made[]][])("an entry that %s is refused", async (_, entries) => {
    await expect(unpack(zipOf(entries))).rejects.toMatchObject({
      code: "bad-value",
      message: expect.stringContaining("leads outside"),
    });
    expect(readdirSync(folder).sort()).toEqual(["a.zip", "out"]);
  });

  test("nothing is written through a link of the archive, however its names are ordered", async () => {
    mkdirSync(`${folder}/victim`);
    const target = `${folder}/victim`;
    for (const names of [
      ["l", "l/f"],
      ["l", "./l/f"],
      ["./l", "l/f"],
      ["l/", "l/f"],
      ["l", "l//f"],
    ]) {
      for (const isLink of [false, true]) {
        const [outer = "", inner = ""] = names;
        await unpack(
          zipOf([
            { name: outer, content: target, link: true },
            { name: inner, content: "evil", link: isLink },
          ]),
        );
        expect(readdirSync(target)).toEqual([]);
        rmSync(`${folder}/out`, { recursive: true });
      }
    }
  });

  test("a file that is a folder as well, names that no disk takes, and a link that leads too far are told", async () => {
    await expect(
      unpack(
        zipOf([
          { name: "a", content: "x" },
          { name: "a/b", content: "y" },
        ]),
      ),
    ).rejects.toThrow("'a/b' is a file as well as a folder");
    await expect(
      unpack(
        zipOf([
          { name: "b/", content: "" },
          { name: "b", content: "y" },
        ]),
      ),
    ).rejects.toThrow("is a file as well as a folder");
    await expect(unpack(zipOf([{ name: "x".repeat(300), content: "y" }]))).rejects.toThrow("too long");
    await expect(unpack(zipOf([{ name: "l", content: "x".repeat(5000), link: true }]))).rejects.toThrow(
      "leads too far",
    );
  });

  test("sizes that lie, damaged content and unknown packing are refused", async () => {
    await expect(unpack(zipOf([{ name: "a", content: "x".repeat(100), size: 50 }]))).rejects.toThrow(
      "longer than the archive says",
    );
    await expect(unpack(zipOf([{ name: "a", content: "x".repeat(100), size: 150 }]))).rejects.toThrow(
      "shorter than the archive says",
    );
    await expect(unpack(zipOf([{ name: "a", content: "x".repeat(10_000_000), size: 5_000_000 }]))).rejects.toThrow(
      "longer than the archive says",
    );
    await expect(unpack(zipOf([{ name: "a", content: "x", method: 12 }]))).rejects.toThrow("unknown way (12)");
    await expect(unpack(zipOf([{ name: "a", content: "xyz", method: 0, size: 2 }]))).rejects.toThrow("contradict");
    await expect(unpack(zipOf([{ name: "a", content: "x" }], { count: 3 }))).rejects.toThrow("its directory is cut");
    await expect(unpack(zipOf([{ name: "a", content: "x", headerAt: 4_000_000_000 }]))).rejects.toThrow("it is cut");
    const bytes = zipOf([{ name: "a", content: "x".repeat(5000) + Math.PI }]);
    bytes.fill(0xff, 32, 40);
    await expect(unpack(bytes)).rejects.toThrow("the content of 'a' is damaged");
    await expect(unpack(Buffer.from("no zip at all"))).rejects.toThrow("it has no directory");
    await expect(unpack(Buffer.alloc(0))).rejects.toThrow("it has no directory");
  });

  test("too many entries, too much, too dense and overlapping contents are refused before anything is written", async () => {
    const gib = 1024 ** 3;
    const claims = (name: string, size: number) => ({ name, content: "x", size: Math.min(size, 0xfffffffe) });
    const huge = Array.from({ length: 30 }, (_, index) => claims(`f${index}`, 4 * gib));

    await expect(unpack(zipOf(huge))).rejects.toMatchObject({
      code: "too-large",
      message: expect.stringContaining("128.8 GB, more than the 107.4 GB"),
    });
    await expect(unpack(zipOf(huge.slice(0, 3)))).rejects.toMatchObject({
      code: "too-large",
      message: expect.stringContaining("100 to 1 is the most"),
    });
    const once = zipOf([{ name: "a", content: "x".repeat(1000), method: 0 }]);
    const overlapping = zipOf([
      { name: "a", content: "x".repeat(1000), method: 0 },
      ...Array.from({ length: 20 }, (_, index) => ({
        name: `b${index}`,
        content: "",
        method: 0,
        size: 1000,
        packedSize: 1000,
        headerAt: 0,
      })),
    ]);
    await unpack(once);
    await expect(unpack(overlapping)).rejects.toThrow("its entries overlap");
    expect(readdirSync(`${folder}/out`)).toEqual(["a"]);
  });

  test("an archive with more entries than are allowed is refused by its count alone", async () => {
    const bytes = zipOf([{ name: "a", content: "x" }]);
    // The wide end record, which says 600,000 entries in a directory that is long enough.
    const directory = Buffer.alloc(600_000 * 46);
    const wide = Buffer.alloc(56);
    wide.writeUInt32LE(0x06064b50, 0);
    wide.writeBigUInt64LE(600_000n, 32);
    wide.writeBigUInt64LE(BigInt(directory.length), 40);
    wide.writeBigUInt64LE(BigInt(bytes.length), 48);
    const end = Buffer.alloc(22);
    end.writeUInt32LE(0x06054b50, 0);
    end.writeUInt16LE(0xffff, 10);

    await expect(unpack(Buffer.concat([bytes, directory, wide, end]))).rejects.toMatchObject({
      code: "too-large",
      message: expect.stringContaining("600000 files, more than the 500000 files"),
    });
  });

  test("many entries are read window by window, in the order of the hash", async () => {
    // 250 bytes each, and few folders to make.
    const entries: Made[] = Array.from({ length: 10_000 }, (_, index) => ({
      name: `${"./".repeat(100)}${(index * 7919) % 37}/`,
      mode: 0,
    }));

    expect(await unpack(zipOf(entries))).toBe(idOf(entries));
  }, 60_000);

  test("whatever bytes are changed: an error for the user or the same content, and nothing outside", async () => {
    symlinkSync("/", `${folder}/outside`);
    const entries: Made[] = [
      { name: "w/", mode: 0o40755 },
      { name: "w/a", content: "alpha".repeat(20) },
      { name: "w/l", content: "a", link: true },
    ];
    const good = zipOf(entries);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        async (changes) => {
          const bytes = Buffer.from(good);
          for (const [at, value] of changes) bytes[at] = value;
          try {
            await unpack(bytes);
          } catch (error) {
            expect(error).toMatchObject({ code: expect.stringMatching(/^(bad-value|too-large|disk-full)$/) });
          }
          expect(readdirSync(folder).sort()).toEqual(["a.zip", "out", "outside"]);
          rmSync(`${folder}/out`, { recursive: true });
        },
      ),
      { numRuns: 500 },
    );
    expect(existsSync(`${folder}/out`)).toBe(false);
  }, 60_000);
});
