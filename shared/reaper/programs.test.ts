// The small programs do what they promise where they can be run, and are well formed for the other kind of machine.
import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { smallProgram } from "./programs.ts";

const folder = mkdtempSync(join(tmpdir(), "stix-reaper-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function place(name: "adopt" | "reap"): string {
  const path = join(folder, name);
  if (!existsSync(path)) writeFileSync(path, smallProgram(name, process.arch) ?? new Uint8Array(), { mode: 0o755 });
  return path;
}

interface Reaped {
  readonly status: number | null;
  readonly notes: string[];
  readonly stdout: string;
}

function reap(words: readonly string[], options: { readonly notes?: string; readonly forbid?: boolean } = {}): Reaped {
  const notes = options.notes ?? join(folder, `notes-${crypto.randomUUID()}`);
  const forbidden = join(folder, "forbidden");
  rmSync(forbidden, { force: true });
  if (options.forbid === true) writeFileSync(forbidden, "");
  const ended = Bun.spawnSync([place("reap"), notes, forbidden, ...words], {
    env: { WORD: "value" },
    stderr: "inherit",
  });
  return {
    status: ended.exitCode,
    notes: existsSync(notes) ? readFileSync(notes, "utf8").split("\n") : [],
    stdout: ended.stdout.toString(),
  };
}

describe("reap", () => {
  test.each([
    ["exit 0", 0],
    ["exit 7", 7],
    ["exit 255", 255],
    ["kill -9 $$", 137],
    ["kill -TERM $$", 143],
    ["kill -SEGV $$", 139],
  ])("notes itself and that '%s' gave %i, and ends so", (script, code) => {
    const { status, notes } = reap(["/bin/sh", "-c", script]);

    expect(status).toBe(code);
    expect(notes[0]).toMatch(/^\d+ \(reap\) /);
    expect(notes.slice(1)).toEqual([String(code).padStart(3, "0"), ""]);
  });

  test("the program has its words, its variables, a session of its own and every signal", () => {
    const { stdout, notes } = reap([
      "/bin/sh",
      "-c",
      'read -r pid name state parent group session rest < /proc/$$/stat; echo "$0 $1 $WORD $((session - $$)) $((parent))"; grep -E "Sig(Blk|Ign)" /proc/self/status',
      "zero",
      "one word",
    ]);

    const reaper = Number.parseInt(notes[0] ?? "", 10);
    expect(stdout.replaceAll("\t", " ").trim().split("\n")).toEqual([
      `zero one word value 0 ${reaper}`,
      "SigBlk: 0000000000000000",
      expect.stringMatching(/^SigIgn: 0+[0-9a-f]{0,4}$/),
    ]);
  });

  test("it lives until nothing below it lives, whoever got away how", () => {
    const late = join(folder, "late");

    const { status, notes } = reap([
      "/bin/bash",
      "-c",
      `(setsid env -i /bin/bash -c '(sleep 0.3; echo done > ${late}) &' &) ; exit 3`,
    ]);

    expect(readFileSync(late, "utf8")).toBe("done\n");
    expect([status, notes[1]]).toEqual([3, "003"]);
  });

  test("nothing is run when it is forbidden, or when it cannot be noted", () => {
    expect(reap(["/bin/echo", "ran"], { forbid: true })).toMatchObject({ status: 137, stdout: "" });
    expect(reap(["/bin/echo", "ran"], { notes: join(folder, "no folder/notes") })).toMatchObject({
      status: 125,
      stdout: "",
    });
    expect(reap([join(folder, "no program")]).notes[1]).toBe("127");
  });

  test("its parent hears SIGURG when the program has ended and something is left", async () => {
    const heard = Promise.withResolvers<number>();
    const begun = performance.now();
    const listen = () => heard.resolve(performance.now() - begun);
    process.on("SIGURG", listen);
    const child = Bun.spawn(
      [place("reap"), join(folder, "notes-urgent"), join(folder, "never"), "/bin/sh", "-c", "sleep 2 & exit 0"],
      { stdio: ["ignore", "ignore", "ignore"] },
    );

    const afterMs = await heard.promise;
    process.off("SIGURG", listen);

    expect(child.exitCode).toBeNull();
    expect(afterMs).toBeLessThan(1_900);
    await child.exited;
  });
});

test("adopt becomes the program, and the parent of whoever loses his", async () => {
  const ended = Bun.spawnSync(
    [
      place("adopt"),
      "/bin/bash",
      "-c",
      'echo $$ $WORD; (setsid env -i /bin/bash -c "(sleep 0.2; ps -o ppid= -p \\$BASHPID) &" &); sleep 0.6',
      "zero",
    ],
    { env: { PATH: process.env["PATH"] ?? "", WORD: "w" } },
  );

  const [first, parent] = ended.stdout.toString().trim().split("\n");
  expect(first).toBe(`${parent?.trim()} w`);
});

test("arm64 has the same program in its own words", () => {
  const bytes = smallProgram("adopt", "arm64") ?? new Uint8Array();
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const words = Array.from({ length: (bytes.length - 176) / 4 }, (_, at) =>
    view.getUint32(176 + 4 * at, true).toString(16),
  );

  expect([view.getUint16(18, true), view.getUint32(24, true)]).toEqual([183, 0x4000b0]);
  expect(words).toEqual([
    "910003f3",
    "d12003ff", // mov x19, sp; sub sp, sp, #2048
    "d2800480",
    "d2800021",
    "d2800002",
    "d2800003",
    "d2800004",
    "d28014e8",
    "d4000001", // prctl(36, 1, 0, 0, 0)
    "f9400a60",
    "91004261",
    "f9400269",
    "8b090e62",
    "91004042",
    "d2801ba8",
    "d4000001", // execve(argv[1], argv + 1, environment)
    "d2800fe0",
    "d2800bc8",
    "d4000001", // exit_group(127)
  ]);
  expect(smallProgram("reap", "arm64")?.length).toBeLessThan(2_000);
  expect(smallProgram("reap", "riscv64")).toBeNull();
});
