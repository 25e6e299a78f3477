// When a server that is not there is started (again): at once, and more and more rarely while it dies young.

const PAUSE_MIN_MS = 250;
const PAUSE_MAX_MS = 5_000;
/** A server that lived this long did not die of its configuration. */
const STABLE_MS = 10_000;

export interface ServerState {
  /** Monotonic; of the last start. */
  readonly startedAt: number;
  readonly pauseMs: number;
  readonly notBefore: number;
}

export const unseenServer: ServerState = { startedAt: Number.NEGATIVE_INFINITY, pauseMs: 0, notBefore: 0 };

/** To be asked again and again; `now` is monotonic. */
export function lookAtServer(
  state: ServerState,
  isRunning: boolean,
  now: number,
): { readonly state: ServerState; readonly mustStart: boolean } {
  if (isRunning || now < state.notBefore) return { state, mustStart: false };
  const livedLong = now - state.startedAt > STABLE_MS;
  const pauseMs = livedLong ? 0 : Math.min(PAUSE_MAX_MS, Math.max(PAUSE_MIN_MS, state.pauseMs * 2));
  return { state: { startedAt: now, pauseMs, notBefore: now + pauseMs }, mustStart: true };
}
