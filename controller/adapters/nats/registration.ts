// Decides what a head that introduces itself is told: who it is to us, or why we do not want it.
import type { AgentRecord, Incarnation } from "#controller/ports/agent-records.ts";
import type { HeadRegistration, headRegistrationReplySchema } from "#shared/wire/registration.ts";
import { protocol } from "#shared/version.ts";
import type { z } from "zod";

export type Refusal = Extract<z.infer<typeof headRegistrationReplySchema>, { ok: false }>;

export type RegistrationDecision =
  | {
      readonly ok: true;
      readonly incarnation: Incarnation;
      readonly protocol: number;
      readonly isNewIncarnation: boolean;
    }
  | Refusal;

/**
 * `record` is null for a cluster nobody enrolled; `expectedToken` is what a head with a new database must show.
 * The same database keeps its incarnation; a new one gets the next, so that its events, which start at 1 again, are not
 * taken for repetitions. A lower `run` is an older process of the same database and is fenced.
 */
export function decideRegistration(
  record: AgentRecord | null,
  registration: HeadRegistration,
  expectedToken: string | null,
): RegistrationDecision {
  if (record === null || record.revokedAt !== null || expectedToken === null)
    return refuse("unknown-cluster", "this cluster does not exist (any more)");
  const [lowest, highest] = registration.proto;
  if (lowest > protocol.max)
    return refuse("too-new", `the agent speaks protocol ${lowest} and later, the controller up to ${protocol.max}`);
  if (highest < protocol.min)
    return refuse("too-old", `the agent speaks protocol up to ${highest}, the controller from ${protocol.min}`);
  const spoken = Math.min(highest, protocol.max);
  const known = record.incarnation;
  if (known?.dbId === registration.dbId) {
    if (registration.run < known.run) return refuse("fenced", `run ${known.run} of this agent has registered already`);
    return { ok: true, incarnation: { ...known, run: registration.run }, protocol: spoken, isNewIncarnation: false };
  }
  if (registration.token !== expectedToken)
    return refuse("bad-token", "a new database needs a boot token that was not used before");
  // A head that had a number when we have none: our records were lost, it goes on as it was, with the events it still has.
  if (known === null && registration.inc !== null) {
    const kept = {
      dbId: registration.dbId,
      inc: registration.inc,
      run: registration.run,
      acked: Math.max(0, registration.ev.first - 1),
    };
    return { ok: true, incarnation: kept, protocol: spoken, isNewIncarnation: true };
  }
  const incarnation = { dbId: registration.dbId, inc: (known?.inc ?? 0) + 1, run: registration.run, acked: 0 };
  return { ok: true, incarnation, protocol: spoken, isNewIncarnation: true };
}

function refuse(error: Refusal["error"], message: string): Refusal {
  return { ok: false, error, message };
}
