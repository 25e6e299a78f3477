// Decides whether the cluster has been idle long enough. Knows nothing of clocks, processes or nodes.

export interface AutostopSetting {
  /** Below 0: off. */
  readonly idleMinutes: number;
  readonly down: boolean;
  readonly waitFor: "jobs_and_ssh" | "jobs" | "none";
}

export interface Idleness {
  readonly setting: AutostopSetting | null;
  readonly now: number;
  /** When the timer was last set back: by the setting, the agent's start, a job's start, or activity. */
  readonly lastActiveAt: number;
  readonly anyJobOpen: boolean;
  /** Somebody has an interactive session. Asked for only when it matters: it means reading the process table. */
  readonly hasSession: () => boolean;
}

/** `active`: the timer begins anew now. `wait`: look again at `dueAt`. */
export type AutostopDecision =
  | { readonly is: "off" }
  | { readonly is: "active" }
  | { readonly is: "wait"; readonly dueAt: number }
  | { readonly is: "due"; readonly action: "stop" | "down"; readonly idleMinutes: number };

const MINUTE_MS = 60_000;

/** Due when the whole minutes since the last activity reach the setting. */
export function decideAutostop(idleness: Idleness): AutostopDecision {
  const { setting, now, lastActiveAt } = idleness;
  if (setting === null || setting.idleMinutes < 0) return { is: "off" };
  if (setting.waitFor !== "none" && idleness.anyJobOpen) return { is: "active" };
  const dueAt = lastActiveAt + Math.ceil(setting.idleMinutes) * MINUTE_MS;
  if (now < dueAt) return { is: "wait", dueAt };
  if (setting.waitFor === "jobs_and_ssh" && idleness.hasSession()) return { is: "active" };
  return {
    is: "due",
    action: setting.down ? "down" : "stop",
    idleMinutes: Math.floor((now - lastActiveAt) / MINUTE_MS),
  };
}
