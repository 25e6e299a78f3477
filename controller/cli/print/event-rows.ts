// An event in the words of people: when, which cluster, what, and what about it.
import type { TableColumn } from "#shared/table/layout.ts";
import { field, numberField, textField } from "#controller/sdk/read.ts";

/** What is told of an event, cut last where there is no room: what happened to whom. */
export const eventColumns: readonly TableColumn[] = [
  { header: "TIME", keep: 1 },
  { header: "CLUSTER" },
  { header: "EVENT" },
  { header: "DETAILS", cut: "wrap", least: 10 },
];

export interface EventRow {
  /** Milliseconds since the epoch; 0 where it tells none. */
  readonly at: number;
  readonly cells: readonly [time: string, cluster: string, event: string, details: string];
}

/** A line that we do not understand is still what happened: it is shown as it is. `columns`: of the terminal. */
export function eventRow(json: string, columns: number): EventRow {
  let event: unknown;
  try {
    event = JSON.parse(json);
  } catch {
    event = undefined;
  }
  const type = textField(event, "type");
  if (type === undefined) return { at: 0, cells: ["-", "-", "-", json] };
  const at = numberField(event, "at") ?? 0;
  return {
    at,
    cells: [
      at === 0 ? "-" : localTime(at).slice(columns < SHORT_TIME_BELOW ? WITHOUT_YEAR : 0),
      textField(event, "cluster") ?? "-",
      type,
      details(type, event),
    ],
  };
}

/** On narrower terminals the year is left out: events are kept for a week. */
const SHORT_TIME_BELOW = 100;
const WITHOUT_YEAR = "2026-".length;

/** "2026-01-31 12:00:00" by the clock of this machine. */
export function localTime(at: number): string {
  const when = new Date(at);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${when.getFullYear()}-${two(when.getMonth() + 1)}-${two(when.getDate())} ${two(when.getHours())}:${two(when.getMinutes())}:${two(when.getSeconds())}`;
}

const told = new Set(["v", "id", "cid", "cluster", "inc", "seq", "at", "type"]);

function details(type: string, event: unknown): string {
  const number = (name: string) => numberField(event, name);
  const words = (name: string) => textField(event, name);
  const because = words("reason") === undefined ? "" : `: ${words("reason")}`;
  switch (type) {
    case "job-submitted":
      return [
        `job ${number("jid")}`,
        words("name"),
        `on ${count(number("numNodes") ?? 1, "node")}`,
        words("user") === undefined ? undefined : `by ${words("user")}`,
      ]
        .filter((part) => part !== undefined)
        .join(" ");
    case "job-state":
      return `job ${number("jid")} ${words("state")}${(number("attempt") ?? 1) > 1 ? ` (attempt ${number("attempt")})` : ""}${because}`;
    case "cluster-status":
      return `${words("state")}${because}`;
    case "node-up":
    case "node-lost":
      return `${words("nid")}${because}`;
    case "autostop-set":
      return (number("idleMinutes") ?? -1) < 0
        ? "off"
        : `${field(event, "down") === true ? "down" : "stop"} after ${count(number("idleMinutes") ?? 0, "idle minute")}`;
    case "autostopping":
      return `${words("action")} after ${count(number("idleMinutes") ?? 0, "idle minute")}`;
    default: {
      const rest = Object.entries(typeof event === "object" && event !== null ? event : {}).filter(
        ([name]) => !told.has(name),
      );
      return rest
        .map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`)
        .join(" ");
    }
  }
}

function count(amount: number, what: string): string {
  return `${amount} ${what}${amount === 1 ? "" : "s"}`;
}
