// What comes of a batch of facts and submissions: decided together, to be written in one transaction. Pure but for the state,
// which is changed as `decide` changes it.
import { StixError } from "#shared/errors/stix-error.ts";
import type { JobSpec } from "#shared/wire/rpc.ts";
import { demandOf } from "../store/store.ts";
import { decide, type Fact } from "./decide.ts";
import { emptyDecision, type Decision, type Step } from "./decision.ts";
import { schedule } from "./schedule.ts";
import type { HeadState } from "./state.ts";

export interface Submission {
  readonly idem: string;
  readonly specHash: string;
  readonly spec: JobSpec;
  readonly copies: number;
}

export interface PendingSubmission extends Submission {
  readonly resolve: (jids: number[]) => void;
  readonly reject: (error: unknown) => void;
}

export type Entry = { readonly fact: Exclude<Fact, { f: "submit" }> } | { readonly submission: PendingSubmission };

/** What was submitted under a key before. */
export interface EarlierSubmission {
  readonly specHash: string;
  readonly first: number;
  readonly copies: number;
}

export interface BatchFacts {
  readonly now: number;
  /** As the database knows it. */
  readonly earlier: (idem: string) => EarlierSubmission | null;
  /** False on a (nearly) full disk. */
  readonly hasRoom: () => boolean;
}

export interface Batch {
  readonly out: Decision;
  readonly specs: readonly { readonly specId: number; readonly spec: JobSpec }[];
  /** To be answered when it is written. */
  readonly accepted: readonly { readonly pending: PendingSubmission; readonly jids: number[] }[];
  /** To be answered whatever comes. */
  readonly refused: readonly { readonly pending: PendingSubmission; readonly error: StixError }[];
  /** Nodes came or went: who was asked in vain may be asked again. */
  readonly nodesChanged: boolean;
}

export function decideBatch(state: HeadState, entries: readonly Entry[], facts: BatchFacts): Batch {
  const step: Step = { state, now: facts.now, out: emptyDecision() };
  const specs: { specId: number; spec: JobSpec }[] = [];
  const accepted: { pending: PendingSubmission; jids: number[] }[] = [];
  const refused: { pending: PendingSubmission; error: StixError }[] = [];
  let nodesChanged = false;
  for (const entry of entries) {
    if ("fact" in entry) {
      decide(step, entry.fact);
      nodesChanged ||= entry.fact.f.startsWith("node-");
      continue;
    }
    const { submission: pending } = entry;
    const earlier = earlierOf(step, pending.idem, facts);
    if (earlier === null) accepted.push({ pending, jids: accept(step, pending, specs) });
    else if (earlier.specHash === pending.specHash)
      accepted.push({ pending, jids: range(earlier.first, earlier.copies) });
    else refused.push({ pending, error: conflict(pending.idem) });
  }
  schedule(step, facts.hasRoom);
  return { out: step.out, specs, accepted, refused, nodesChanged };
}

/** The same key twice gives the same jobs, also within one batch. */
function earlierOf(step: Step, idem: string, facts: BatchFacts): EarlierSubmission | null {
  return facts.earlier(idem) ?? step.out.submissions.find((other) => other.idem === idem) ?? null;
}

function accept(step: Step, submission: Submission, specs: { specId: number; spec: JobSpec }[]): number[] {
  const { idem, specHash, spec, copies } = submission;
  const first = step.state.nextJid;
  specs.push({ specId: first, spec });
  decide(step, { f: "submit", idem, specHash, demand: demandOf(spec), copies });
  return range(first, copies);
}

function range(first: number, copies: number): number[] {
  return Array.from({ length: copies }, (_, offset) => first + offset);
}

function conflict(idem: string): StixError {
  return new StixError({
    code: "cluster-name-taken",
    message: `submission '${idem}' was made before with other content`,
    hint: "use a new key",
    details: { rpc: "conflict" },
  });
}
