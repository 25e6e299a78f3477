// Plays a script of what clouds answer against the pure core of failover, and tells what was done at which second.
//
// A script's lines, until `---`:
//   sells PLACE…                  places in the order of their price; PLACE is cloud/region or cloud/region/zone
//   retry until up                as `launch --retry-until-up`
//   left STATE PLACE              an attempt that an ended request has left in the ledger
//   PLACE: ANSWER                 the next answer to `create` there; without any: ok
//   PLACE removal: ANSWER         the next answer to the removal there; without any: ok
// ANSWER is `ok`, `killed` (it was done, and the server died before it could write the answer), or KIND [REACH] [after SECONDS].
import { afterCreate, afterRemove, decideNext } from "#controller/core/failover/decide.ts";
import type {
  AttemptChange,
  AttemptFacts,
  Block,
  Effect,
  FailoverFacts,
  Place,
  PlanAnswer,
  Refusal,
  RefusalKind,
  RefusalReach,
} from "#controller/core/failover/facts.ts";
import { attemptLife, type AttemptState } from "#shared/lifecycle/attempt.ts";
import { move } from "#shared/lifecycle/moves.ts";

const EFFECTS_MOST = 200;
const ME = "me";

interface Script {
  readonly sells: readonly Place[];
  readonly retryUntilUp: boolean;
  readonly left: readonly AttemptFacts[];
  /** By "PLACE" and "PLACE removal". */
  readonly answers: ReadonlyMap<string, string[]>;
}

export function playScript(text: string): string[] {
  const script = parseScript(text);
  const ledger: AttemptFacts[] = [...script.left];
  const told: string[] = [];
  let plan: PlanAnswer | null = null;
  let heard: string | null = null;
  let now = 0;

  const nextAnswer = (key: string): string => script.answers.get(key)?.shift() ?? "ok";
  const rowOf = (id: string): AttemptFacts => {
    const row = ledger.find((each) => each.id === id);
    if (row === undefined) throw new RangeError(`no attempt ${id}`);
    return row;
  };
  const write = (id: string, { event, ...more }: AttemptChange) => {
    const row = rowOf(id);
    ledger[ledger.indexOf(row)] = { ...row, ...more, state: move(attemptLife, row.state, event) };
    plan = null;
  };
  const tell = (line: string) => told.push(`${String(now / 1000).padStart(4)}s ${line}`);
  /** True: the answer was not written any more. */
  const die = (answer: string): boolean => {
    if (answer !== "killed") return false;
    tell("  killed; another server goes on");
    plan = null;
    heard = null;
    return true;
  };

  function act(effect: Effect): boolean {
    switch (effect.do) {
      case "plan": {
        const place = script.sells.find((each) => !effect.blocked.some((block) => covers(block, each))) ?? null;
        plan = { round: effect.round, place, at: now };
        tell(`plan, round ${effect.round}: ${place === null ? "nothing left" : placeText(place)}`);
        return true;
      }
      case "begin":
        ledger.push({
          id: `a${effect.number}`,
          requestId: ME,
          round: effect.round,
          state: "intended",
          placement: effect.place,
          failure: null,
          removal: null,
        });
        plan = null;
        tell(`begin a${effect.number} at ${placeText(effect.place)}`);
        return true;
      case "create": {
        const row = rowOf(effect.id);
        if (row.state === "intended" || row.state === "creating") write(row.id, { event: "create" });
        const answer = nextAnswer(placeText(row.placement));
        tell(`create ${effect.id} at ${placeText(row.placement)}: ${answer}`);
        if (die(answer)) return true;
        if (answer === "ok") heard = effect.id;
        if (answer !== "ok" || row.state !== "adopted")
          write(effect.id, afterCreate(rowOf(effect.id), refusalOf(answer, now)));
        return true;
      }
      case "adopt":
        write(effect.id, { event: "adopt" });
        tell(`adopt ${effect.id}`);
        return true;
      case "remove": {
        const row = rowOf(effect.id);
        if (row.state !== "removing") write(row.id, { event: "remove" });
        const answer = nextAnswer(`${placeText(row.placement)} removal`);
        tell(`remove ${effect.id} at ${placeText(row.placement)}: ${answer}`);
        if (!die(answer)) write(effect.id, afterRemove(rowOf(effect.id), refusalOf(answer, now)));
        return true;
      }
      case "wait":
        tell(`wait for ${effect.why}`);
        now = effect.until;
        return true;
      case "ready":
        tell(`ready: ${effect.id} at ${placeText(rowOf(effect.id).placement)}${unprovenText(ledger)}`);
        return false;
      case "give-up":
        tell(`give up: ${effect.refused.map((each) => `${each.id} ${each.failure?.kind ?? ""}`).join(", ")}${unprovenText(ledger)}`);
        return false;
    }
  }

  for (let count = 0; count < EFFECTS_MOST; count += 1) {
    const facts: FailoverFacts = { requestId: ME, attempts: ledger, plan, heard, retryUntilUp: script.retryUntilUp };
    if (!act(decideNext(facts, now))) return told;
  }
  return [...told, "… and so on"];
}

function unprovenText(ledger: readonly AttemptFacts[]): string {
  const left = ledger.filter((each) => each.state === "removing").map((each) => each.id);
  return left.length === 0 ? "" : `; left to the reaper: ${left.join(", ")}`;
}

function parseScript(text: string): Script {
  const sells: Place[] = [];
  const left: AttemptFacts[] = [];
  const answers = new Map<string, string[]>();
  let retryUntilUp = false;
  for (const line of text.split("\n").filter((each) => each !== "" && !each.startsWith("#"))) {
    const answer = /^(\S+(?: removal)?): (.+)$/.exec(line);
    const before = /^left (\S+) (\S+)$/.exec(line);
    if (answer?.[1] !== undefined && answer[2] !== undefined) {
      const times = /^(.+) x(\d+)$/.exec(answer[2]);
      const said = Array.from({ length: Number(times?.[2] ?? 1) }, () => times?.[1] ?? answer[2] ?? "");
      answers.set(answer[1], [...(answers.get(answer[1]) ?? []), ...said]);
    } else if (before?.[1] !== undefined && before[2] !== undefined) {
      left.push(leftAttempt(left.length + 1, before[1], before[2]));
    } else if (line.startsWith("sells ")) sells.push(...line.slice("sells ".length).split(" ").map(placeOf));
    else if (line === "retry until up") retryUntilUp = true;
    else throw new SyntaxError(`no such line of a script: ${line}`);
  }
  return { sells, left, answers, retryUntilUp };
}

function leftAttempt(number: number, state: string, place: string): AttemptFacts {
  const known = attemptLife.order.find((each): each is AttemptState => each === state);
  if (known === undefined) throw new SyntaxError(`no such state of an attempt: ${state}`);
  return {
    id: `a${number}`,
    requestId: "another",
    round: 1,
    state: known,
    placement: placeOf(place),
    failure: null,
    removal: null,
  };
}

function placeOf(text: string): Place {
  const [cloud = "", region = "", zone = null] = text.split("/");
  return { cloud, region, zone, instanceType: "machine", useSpot: false };
}

function placeText({ cloud, region, zone }: Place): string {
  return [cloud, region, ...(zone === null ? [] : [zone])].join("/");
}

/** null: `ok`. */
function refusalOf(answer: string, at: number): Refusal | null {
  if (answer === "ok") return null;
  const [, kind = "", reach = "offer", , after] = /^(\S+)(?: (?!after)(\S+))?( after (\d+))?$/.exec(answer) ?? [];
  const regions = /^regions=(.+)$/.exec(reach)?.[1];
  return {
    kind: kind as RefusalKind,
    reach: regions === undefined ? (reach as RefusalReach) : { regions: regions.split("+") },
    message: answer,
    hint: "",
    at,
    ...(after === undefined ? {} : { retryAfterMs: Number(after) * 1000 }),
  };
}

function covers(block: Block, place: Place): boolean {
  return (
    block.cloud === place.cloud &&
    (block.region === undefined || block.region === place.region) &&
    (block.zone === undefined || block.zone === place.zone) &&
    (block.instanceType === undefined || block.instanceType === place.instanceType) &&
    (block.useSpot === undefined || block.useSpot === place.useSpot)
  );
}
