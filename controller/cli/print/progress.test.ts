// A request's log on a terminal and in a pipe: control lines never show, ordinary lines always do, however the bytes are cut.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Clock } from "#shared/clock.ts";
import { createProgress } from "./progress.ts";

const log = [
  '<sky-payload>"<rich_init>[dim]Checking[/dim]</rich_init>"</sky-payload>',
  '<sky-payload>"<rich_start>[bold cyan]Launching čř[/]</rich_start>"</sky-payload>',
  "Considered resources (1 node):",
  '<sky-payload type="heartbeat">""</sky-payload>',
  '<sky-payload>"<rich_update>[bold cyan]Syncing 漢字[/]</rich_update>"</sky-payload>',
  "a line with <sky-payload> inside",
  '<sky-payload>"<rich_exit></rich_exit>"</sky-payload>',
  "the last line without end",
].join("\n");

function shown(isTty: boolean, cuts: readonly number[]): { readonly out: string; readonly err: string } {
  const seen = { out: "", err: "" };
  const output = (name: "out" | "err") => ({
    write: (text: string) => void (seen[name] += text),
    writeBytes: () => Promise.resolve(),
    isTty,
    columns: 80,
    colour: false,
  });
  const out = output("out");
  const asleep: Clock = {
    now: () => 0,
    monotonic: () => 0,
    sleep: (_ms, signal) => new Promise((resolve) => signal?.addEventListener("abort", () => resolve())),
  };
  const progress = createProgress({ stderr: output("err"), clock: asleep }, out);
  const bytes = new TextEncoder().encode(log);
  const places = [0, ...[...cuts].map((cut) => cut % bytes.length).sort((left, right) => left - right), bytes.length];
  for (let at = 1; at < places.length; at += 1) progress.take(bytes.slice(places[at - 1], places[at]));
  progress.close();
  return seen;
}

const lines = "Considered resources (1 node):\na line with <sky-payload> inside\nthe last line without end\n";

describe("cli/render/progress", () => {
  test("in a pipe every message is one plain line on the standard error", () => {
    expect(shown(false, [])).toEqual({ out: lines, err: "Launching čř\nSyncing 漢字\n" });
  });

  test("on a terminal the spinner is wiped before a line is printed, and at the end", () => {
    const { out, err } = shown(true, []);

    expect(out).toBe(lines);
    expect(err).toContain("Launching čř");
    expect(err).toEndWith("\r\x1b[2K");
  });

  test("how the bytes are cut does not matter", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 12 }), (cuts) =>
        expect(shown(false, cuts)).toEqual(shown(false, [])),
      ),
    );
  });
});
