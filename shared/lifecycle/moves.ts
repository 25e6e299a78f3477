// Move tables: the states of a noun, what may happen to it, and where that leads. Whatever else says something about states
// (types, terminal sets, order and tone of a display, SQL checks, diagrams) is read out of such a table.
import { StixError } from "../errors/stix-error.ts";

/** How a state feels to the one who reads it; a display makes colours of it. */
export type Tone = "good" | "waits" | "leaves" | "rests" | "bad" | "gone";

export interface StateFacts {
  /** One sentence for people, without a period. */
  readonly doc: string;
  readonly tone: Tone;
  /** Nothing can happen to it any more. */
  readonly terminal?: true;
  /** No row holds it: its row has ended, and those who watch are told so. */
  readonly rowless?: true;
}

type States = Readonly<Record<string, StateFacts>>;
type NameOf<S extends States> = keyof S & string;
type WhereTrue<S extends States, Fact extends keyof StateFacts> = {
  [Name in NameOf<S>]: S[Name] extends Readonly<Record<Fact, true>> ? Name : never;
}[NameOf<S>];

/** `from` null: the noun is not there yet. */
export type Move<State extends string, Event extends string> = readonly [from: State | null, event: Event, to: State];

export interface Lifecycle<S extends States, Event extends string> {
  /** As in a sentence: "cluster". */
  readonly noun: string;
  readonly states: S;
  /** One place each; no two share `from` and event. */
  readonly moves: readonly Move<NameOf<S>, Event>[];
  /** All states in the order of a life: also that of displays. */
  readonly order: readonly NameOf<S>[];
  /** Those that a row may hold, in order. */
  readonly kept: readonly Exclude<NameOf<S>, WhereTrue<S, "rowless">>[];
  /** Each state under its own name, so that code says `jobState.RUNNING` and no other text. */
  readonly state: { readonly [Name in NameOf<S>]: Name };
  /** True when it can never change again. */
  readonly isTerminal: (state: NameOf<S>) => state is WhereTrue<S, "terminal">;
  /** The terminal states, in order. */
  readonly ended: readonly WhereTrue<S, "terminal">[];
  /** The states that are not terminal, in order. */
  readonly open: readonly Exclude<NameOf<S>, WhereTrue<S, "terminal">>[];
}

/** A table, whatever it is of. */
export type AnyLifecycle = Omit<Lifecycle<States, string>, "isTerminal" | "state" | "ended">;
/** Any state of the table. */
export type StateOf<L extends { readonly states: States }> = NameOf<L["states"]>;
/** A state that a row may hold. */
export type KeptStateOf<L extends { readonly states: States }> = Exclude<StateOf<L>, WhereTrue<L["states"], "rowless">>;
/** A state that is never left. */
export type TerminalStateOf<L extends { readonly states: States }> = WhereTrue<L["states"], "terminal">;
/** What may happen to the noun. */
export type EventOf<L extends { readonly moves: readonly Move<string, string>[] }> = L["moves"][number][1];

/** `from` of a written table: a state, several, or null for a noun that begins. */
type WrittenMove<State extends string> = readonly [from: State | null | readonly State[], event: string, to: State];

/** Makes a table. It is made anew by every command that starts, so its moves are laid out by the first who asks for one. */
export function lifecycle<const S extends States, const M extends readonly WrittenMove<NameOf<S>>[]>(
  noun: string,
  { states, moves }: { readonly states: S; readonly moves: M },
): Lifecycle<S, M[number][1]> {
  type State = NameOf<S>;
  const order = Object.keys(states) as State[];
  const isTerminal = (name: State): name is WhereTrue<S, "terminal"> => states[name]?.terminal === true;
  const isOpen = (name: State): name is Exclude<State, WhereTrue<S, "terminal">> => !isTerminal(name);
  const isKept = (name: State): name is Exclude<State, WhereTrue<S, "rowless">> => states[name]?.rowless !== true;
  const state: Partial<Record<State, State>> = {};
  for (const name of order) state[name] = name;
  let single: readonly Move<State, M[number][1]>[] | undefined;
  return {
    noun,
    states,
    get moves() {
      return (single ??= oneByOne(noun, moves));
    },
    order,
    kept: order.filter(isKept),
    ended: order.filter(isTerminal),
    open: order.filter(isOpen),
    state: state as { readonly [Name in State]: Name },
    isTerminal,
  };
}

/** Throws when two moves contradict each other. */
function oneByOne<State extends string, Event extends string>(
  noun: string,
  moves: readonly (readonly [from: State | null | readonly State[], event: Event, to: State])[],
): readonly Move<State, Event>[] {
  const single = moves.flatMap(([from, event, to]): Move<State, Event>[] => {
    const froms: readonly (State | null)[] = typeof from === "string" || from === null ? [from] : from;
    return froms.map((each) => [each, event, to]);
  });
  const places = new Set(single.map(([from, event]) => `${from ?? ""} ${event}`));
  if (places.size < single.length) throw new TypeError(`the moves of a ${noun} contradict each other`);
  return single;
}

/** Why an event cannot happen to a noun in its state. */
export interface Refusal {
  readonly noun: string;
  readonly from: string | null;
  readonly event: string;
}

/** Where the event leads from `from` (null: the noun is not there yet), or why it cannot happen. */
export function step<S extends States, Event extends string>(
  { noun, moves }: Pick<Lifecycle<S, Event>, "noun" | "moves">,
  from: NameOf<S> | null,
  event: NoInfer<Event>,
): NameOf<S> | Refusal {
  return moves.find((move) => move[0] === from && move[1] === event)?.[2] ?? { noun, from, event };
}

/** Like `step`; throws illegal-move in place of a refusal. */
export function move<S extends States, Event extends string>(
  table: Pick<Lifecycle<S, Event>, "noun" | "moves">,
  from: NameOf<S> | null,
  event: NoInfer<Event>,
): NameOf<S> {
  const next = step(table, from, event);
  if (typeof next !== "string") throw illegalMove(next);
  return next;
}

/** True when something may happen that leads from the one to the other. */
export function leads<S extends States>(
  { moves }: Pick<Lifecycle<S, string>, "moves">,
  from: NameOf<S> | null,
  to: NameOf<S>,
): boolean {
  return moves.some((move) => move[0] === from && move[2] === to);
}

/** Where a place that decided by other facts wants to go: gives `to`, or throws illegal-move when nothing leads there. */
export function become<S extends States, To extends NameOf<S>>(
  table: Pick<Lifecycle<S, string>, "noun" | "moves">,
  from: NameOf<S> | null,
  to: To,
): To {
  if (!leads(table, from, to)) throw illegalMove({ noun: table.noun, from, event: `become ${to}` });
  return to;
}

/** The error of a refusal: a move that no table knows is a mistake of ours, or of whoever changed the row meanwhile. */
export function illegalMove({ noun, from, event }: Refusal): StixError {
  return new StixError({
    code: "illegal-move",
    message: from === null ? `no ${noun} begins with '${event}'` : `a ${noun} that is ${from} cannot take '${event}'`,
    hint: `look at the ${noun} again: what was decided does not fit the state that it has now`,
    details: { noun, from, event },
  });
}

/** The states that a row may hold, as SQL lists them: `'INIT', 'UP'`. For SQLite and Postgres. */
export function sqlStates({ kept }: Pick<AnyLifecycle, "kept">): string {
  return kept.map((name) => `'${name.replaceAll("'", "''")}'`).join(", ");
}

/** A CHECK expression for a column that holds the state: `state IN ('INIT', 'UP')`. For SQLite and Postgres. */
export function sqlCheck(table: Pick<AnyLifecycle, "kept">, column: string): string {
  return `${column} IN (${sqlStates(table)})`;
}
