// A job goes only where its tables lead.
import { describe, expect, test } from "bun:test";
import { jobLife, jobState, jobStates } from "#shared/lifecycle/job.ts";
import { leads } from "#shared/lifecycle/moves.ts";
import { stageLife, stages } from "#shared/lifecycle/stage.ts";
import { decide } from "./decide.ts";
import { emptyDecision, setJobState, setStage, type Step } from "./decision.ts";
import { createHeadState, type Job } from "./state.ts";

function oneJob(): { readonly step: Step; readonly job: Job } {
  const step = { state: createHeadState(["n0"], { cpus: 1, deviceCount: 0 }), now: 1, out: emptyDecision() };
  const demand = {
    name: null,
    user: "u",
    userHash: "h",
    numNodes: 1,
    cpuUnits: 1,
    deviceUnits: 0,
    hasSetup: true,
    hasRun: true,
  };
  decide(step, { f: "submit", idem: "i", specHash: "s", copies: 1, demand });
  const [job] = step.state.jobs.values();
  if (job === undefined) throw new Error("no job");
  return { step, job };
}

const refusal = expect.objectContaining({ code: "illegal-move" });

describe("skylet/queue/decision", () => {
  test.each(jobStates.flatMap((from) => jobStates.map((to) => [from, to] as const)))(
    "a job that is %s: %s",
    (from, to) => {
      const { step, job } = oneJob();
      job.state = from;
      const before = step.out.events.length;

      if (from === to || leads(jobLife, from, to)) {
        setJobState(step, job, to);
        expect(job.state).toBe(to);
        expect(step.out.events.length - before).toBe(from === to ? 0 : 1);
      } else {
        expect(() => setJobState(step, job, to)).toThrow(refusal);
        expect(job.state).toBe(from);
        expect(step.out.events).toHaveLength(before);
      }
    },
  );

  test("what has ended neither runs again nor gets another end", () => {
    for (const ended of jobStates.filter(jobLife.isTerminal)) {
      const { step, job } = oneJob();
      job.state = ended;
      expect(() => setJobState(step, job, jobState.RUNNING)).toThrow(refusal);
    }
  });

  test("a stage that no attempt goes to from here is refused, and nothing is changed", () => {
    const { job } = oneJob();
    const wrong = stages.filter((next) => !leads(stageLife, job.stage, next));
    expect(wrong.length).toBeGreaterThan(0);
    for (const next of wrong) expect(() => setStage(job, next)).toThrow(refusal);
    expect(job.stage).toBe("queued");
  });
});
