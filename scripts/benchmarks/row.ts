// The table of a run: what was measured, what we aim at, the floor that no program can beat, and the peers beside it.

export const peers = ["slurm", "ray", "skypilot", "hyperqueue"] as const;
export type Peer = (typeof peers)[number];

export interface Row {
  readonly what: string;
  readonly ours: string;
  readonly aim: string;
  /** null: the aim needs a peer that was not measured. */
  readonly met: boolean | null;
  readonly floor: string;
  /** Key under which peers report the same thing. */
  readonly key: string;
}

/** What a peer measured, by the key of the row. */
export type PeerFigures = Readonly<Record<string, string>>;

export interface Run {
  readonly date: string;
  readonly machine: string;
  readonly version: string;
  readonly rows: readonly Row[];
  readonly figures: Readonly<Partial<Record<Peer, PeerFigures>>>;
  readonly notes: readonly string[];
}

/** The run as Markdown. */
export function renderRun(run: Run): string {
  const measured = peers.filter((peer) => run.figures[peer] !== undefined);
  const heading = ["what", "stix", "aim", "met", "floor", ...measured.map(titleOf)];
  const lines = run.rows.map((row) => [
    row.what,
    row.ours,
    row.aim,
    metWord(row.met),
    row.floor,
    ...measured.map((peer) => run.figures[peer]?.[row.key] ?? "–"),
  ]);
  const table = [heading, heading.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
  const notes = run.notes.map((note) => `- ${note}`).join("\n");
  return `${run.date}, ${run.machine}, ${run.version}\n\n${table}\n${notes === "" ? "" : `\n${notes}\n`}`;
}

function metWord(met: boolean | null): string {
  if (met === null) return "–";
  return met ? "yes" : "**no**";
}

function titleOf(peer: Peer): string {
  return { slurm: "Slurm", ray: "Ray", skypilot: "SkyPilot", hyperqueue: "HyperQueue" }[peer];
}
