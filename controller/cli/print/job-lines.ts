// A job's output for programs: one JSON document a line, for each line of each rank.
import { cursorKey, type LogFrame } from "#shared/api/log-frames.ts";

export interface JobLines {
  /** Whole lines, each with its line end; empty when none was completed. */
  readonly push: (frame: LogFrame, body: Uint8Array) => string;
  /** What is left of lines without end. */
  readonly flush: () => string;
}

interface Stream {
  readonly decoder: TextDecoder;
  readonly facts: Readonly<Record<string, unknown>>;
  rest: string;
}

/** Bytes that are no UTF-8 become the replacement character. */
export function createJobLines(): JobLines {
  const streams = new Map<string, Stream>();
  let job: Extract<LogFrame, { t: "job" }> | undefined;

  function streamOf(frame: Extract<LogFrame, { t: "out" }>): Stream {
    const key = cursorKey(frame.attempt, frame.stream, frame.rank);
    const known = streams.get(key);
    if (known !== undefined) return known;
    const node =
      frame.stream === "setup"
        ? nodeName(frame.rank)
        : (job?.ranks.find((rank) => rank.rank === frame.rank)?.nodeName ?? nodeName(frame.rank));
    const made = {
      decoder: new TextDecoder(),
      facts: { job_id: job?.jobId ?? null, attempt: frame.attempt, stream: frame.stream, rank: frame.rank, node },
      rest: "",
    };
    streams.set(key, made);
    return made;
  }

  function rests(): string {
    return [...streams.values()]
      .filter((stream) => stream.rest !== "")
      .map((stream) => {
        const line = document({ ...stream.facts, line: stream.rest });
        stream.rest = "";
        return line;
      })
      .join("");
  }

  return {
    push(frame, body) {
      if (frame.t === "job") job = frame;
      if (frame.t === "end")
        return rests() + document({ job_id: frame.jobId, status: frame.state, reason: frame.reason ?? null });
      if (frame.t === "ping" && frame.note !== undefined)
        return document({ job_id: job?.jobId ?? null, note: frame.note });
      if (frame.t !== "out") return "";
      const stream = streamOf(frame);
      const lines = (stream.rest + stream.decoder.decode(body, { stream: true })).split("\n");
      stream.rest = lines.pop() ?? "";
      return lines.map((line) => document({ ...stream.facts, line: line.replace(/\r$/, "") })).join("");
    },
    flush: rests,
  };
}

function nodeName(index: number): string {
  return index === 0 ? "head" : `worker${index}`;
}

function document(facts: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify(facts)}\n`;
}
