// Reads `autostop` in all its forms, and the hook that an older form carries.
import { textAt, warn, type Scope } from "./report.ts";
import { AUTOSTOP_WAIT_FOR, type AutostopRequest, type LifecycleHook } from "./task.ts";
import { minutes } from "./units.ts";

export const HOOK_TIMEOUT_DEFAULT_SECONDS = 3600;

export interface ReadAutostop {
  readonly request?: AutostopRequest;
  /** From the deprecated keys `hook` and `hook_timeout`. */
  readonly hook?: LifecycleHook;
}

type Written =
  | boolean
  | string
  | number
  | {
      readonly idle_minutes?: number | undefined;
      readonly down?: boolean | undefined;
      readonly wait_for?: string | undefined;
      readonly hook?: string | undefined;
      readonly hook_timeout?: number | undefined;
    };

/** Schema-checked input; never refuses. `true` is 0 minutes, which a launch raises to one. */
export function readAutostop(scope: Scope, value: Written): ReadAutostop {
  if (value === false) return { request: { idleMinutes: -1, down: false, isOff: true } };
  if (value === true) return { request: { idleMinutes: 0, down: false } };
  if (typeof value === "number") return readNumber(scope, value);
  if (typeof value === "string") return { request: { idleMinutes: minutes(value) ?? 0, down: false } };
  const waitFor = AUTOSTOP_WAIT_FOR.find((each) => each === value.wait_for?.toLowerCase());
  const request: AutostopRequest = {
    idleMinutes: value.idle_minutes ?? 0,
    down: value.down ?? false,
    ...(waitFor === undefined ? {} : { waitFor }),
  };
  return { request, ...readHook(scope, value) };
}

/** A fraction ("1.0") passes the schema and then means nothing, as in SkyPilot. */
function readNumber(scope: Scope, value: number): ReadAutostop {
  if (/^-?\d+$/.test(textAt(scope, value))) return { request: { idleMinutes: value, down: false } };
  warn(scope, "autostop with a fraction is ignored", { hint: `autostop: ${value}` });
  return {};
}

function readHook(
  scope: Scope,
  value: {
    readonly down?: boolean | undefined;
    readonly hook?: string | undefined;
    readonly hook_timeout?: number | undefined;
  },
): { hook?: LifecycleHook } {
  if (value.hook === undefined) return {};
  const event = value.down === true ? "down" : "stop";
  warn(scope, "autostop.hook is deprecated", { hint: `config: {hooks: [{run: ..., events: [${event}]}]}` });
  const timeoutSeconds = value.hook_timeout ?? HOOK_TIMEOUT_DEFAULT_SECONDS;
  return { hook: { run: value.hook, events: [event], timeoutSeconds } };
}
