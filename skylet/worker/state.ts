// What a worker knows of its head and what it still has to tell it. Pure: an event and the state before give the state after
// and what is to be done; nothing here waits, sends or starts anything.
import type { HeadIdentity } from "#shared/wire/bus.ts";
import type { LaunchKey } from "#shared/wire/launches.ts";

/** After a registration or a notice that was not heard. */
const AGAIN_MS = 300;

/** The end of a launch, told until the head has confirmed it; telling twice is harmless. */
export interface Notice {
  readonly key: LaunchKey;
  readonly exitCode: number;
  readonly isUnderWay: boolean;
}

export interface WorkerState {
  /** The highest head that was obeyed. */
  readonly head: HeadIdentity;
  /** `anew`: what was said in the registration under way may be meant for an earlier head. */
  readonly registration: "none" | "under-way" | "anew" | "pausing";
  /** The head knows of this node's boot. Before that nothing may start: the head would take it for lost with the boot before. */
  readonly isKnown: boolean;
  readonly isEnding: boolean;
  readonly notices: ReadonlyMap<string, Notice>;
  /** A look at notices that were not heard is planned. */
  readonly isRetelling: boolean;
}

export type WorkerEvent =
  /** The bus is there (again), or a head says hello. */
  | { readonly e: "head-may-be-new" }
  | { readonly e: "registration-answered"; readonly ok: boolean }
  | { readonly e: "register-again" }
  | { readonly e: "exited"; readonly key: LaunchKey; readonly exitCode: number }
  | { readonly e: "notice-answered"; readonly name: string; readonly ok: boolean }
  | { readonly e: "tell-again" }
  | { readonly e: "end" };

export type WorkerEffect =
  | { readonly do: "register" }
  | { readonly do: "tell"; readonly name: string; readonly key: LaunchKey; readonly exitCode: number }
  | { readonly do: "later"; readonly ms: number; readonly event: WorkerEvent }
  /** The head has this node's boot: it may be asked to start something. */
  | { readonly do: "note-registered" };

export interface WorkerStep {
  readonly state: WorkerState;
  readonly effects: readonly WorkerEffect[];
}

export function firstState(head: HeadIdentity): WorkerState {
  return { head, registration: "none", isKnown: false, isEnding: false, notices: new Map(), isRetelling: false };
}

export function step(state: WorkerState, event: WorkerEvent): WorkerStep {
  if (state.isEnding) return { state, effects: [] };
  switch (event.e) {
    case "head-may-be-new":
      return retell(registerNow(state));
    case "registration-answered":
      return registrationAnswered(state, event.ok);
    case "register-again":
      return state.registration === "pausing" ? registerNow(state) : { state, effects: [] };
    case "exited": {
      const { key, exitCode } = event;
      return tell({ state, effects: [] }, JSON.stringify(key), { key, exitCode, isUnderWay: false });
    }
    case "notice-answered":
      return noticeAnswered(state, event.name, event.ok);
    case "tell-again":
      return retell({ state: { ...state, isRetelling: false }, effects: [] });
    case "end":
      return { state: { ...state, isEnding: true }, effects: [] };
  }
}

function registerNow(state: WorkerState): WorkerStep {
  if (state.registration === "under-way" || state.registration === "anew")
    return { state: { ...state, registration: "anew" }, effects: [] };
  return { state: { ...state, registration: "under-way" }, effects: [{ do: "register" }] };
}

function registrationAnswered(state: WorkerState, ok: boolean): WorkerStep {
  if (state.registration === "anew") return registerNow({ ...state, registration: "none" });
  if (!ok) {
    const later = { do: "later", ms: AGAIN_MS, event: { e: "register-again" } } as const;
    return { state: { ...state, registration: "pausing" }, effects: [later] };
  }
  const known: WorkerState = { ...state, registration: "none", isKnown: true };
  return retell({ state: known, effects: [{ do: "note-registered" }] });
}

function noticeAnswered(state: WorkerState, name: string, ok: boolean): WorkerStep {
  const notice = state.notices.get(name);
  if (notice === undefined) return { state, effects: [] };
  const notices = new Map(state.notices);
  if (ok) notices.delete(name);
  else notices.set(name, { ...notice, isUnderWay: false });
  if (ok || state.isRetelling) return { state: { ...state, notices }, effects: [] };
  return {
    state: { ...state, notices, isRetelling: true },
    effects: [{ do: "later", ms: AGAIN_MS, event: { e: "tell-again" } }],
  };
}

/** Everything that is not on its way already. */
function retell(before: WorkerStep): WorkerStep {
  let after = before;
  for (const [name, notice] of before.state.notices) if (!notice.isUnderWay) after = tell(after, name, notice);
  return after;
}

function tell({ state, effects }: WorkerStep, name: string, { key, exitCode }: Notice): WorkerStep {
  const notices = new Map(state.notices).set(name, { key, exitCode, isUnderWay: true });
  return { state: { ...state, notices }, effects: [...effects, { do: "tell", name, key, exitCode }] };
}

/** `fenced`: an older head. `pending`: a head that the controller has not numbered yet. `obey`: `state` remembers it. */
export function judgeHead(
  state: WorkerState,
  head: HeadIdentity,
): { readonly is: "obey" | "pending" | "fenced"; readonly state: WorkerState } {
  const { head: known } = state;
  if (head.inc === 0 && known.inc > 0) return { is: "pending", state };
  if (head.inc < known.inc || (head.inc === known.inc && head.run < known.run)) return { is: "fenced", state };
  const isNewer = head.inc > known.inc || head.run > known.run;
  return { is: "obey", state: isNewer ? { ...state, head } : state };
}
