// The clock and the timers of a virtual world: the same promises as the real ones, in no time.
import { sleepOn, type Random, type Time } from "#shared/clock.ts";
import type { VirtualWorld } from "./virtual-world.ts";

/**
 * `isAlive` false: whoever had this time is dead, and nothing of what it planned happens any more. Until `frozenUntil` nothing of
 * it happens either, and then all at once.
 */
export function virtualTime(
  world: VirtualWorld,
  isAlive: () => boolean = () => true,
  frozenUntil: () => number = () => 0,
): Time {
  const after: Time["after"] = (ms, work) => {
    let callOff = () => {};
    const plan = (wait: number) => {
      callOff = world.after(wait, () => {
        if (!isAlive()) return;
        if (frozenUntil() > world.now()) plan(frozenUntil() - world.now());
        else work();
      });
    };
    plan(ms);
    return () => callOff();
  };
  return {
    now: world.now,
    monotonic: world.now,
    sleep: (ms, signal) => sleepOn({ after }, ms, signal),
    soon: (work) => void after(0, work),
    after,
    every: (ms, work) => {
      let callOff = () => {};
      const again = () => {
        callOff = after(ms, () => {
          again();
          work();
        });
      };
      again();
      return () => callOff();
    },
    deadline: (ms) => {
      const end = new AbortController();
      after(ms, () => end.abort(new DOMException("The operation timed out.", "TimeoutError")));
      return end.signal;
    },
  };
}

/** Chance from the world's seed. */
export function virtualRandom(world: VirtualWorld): Random {
  const letters = (alphabet: string, length: number) =>
    Array.from({ length }, () => alphabet[world.pick(0, alphabet.length - 1)]).join("");
  return {
    next: world.chance,
    token: (length) => letters("abcdefghijklmnopqrstuvwxyz0123456789", length),
    uuid: () => [8, 4, 4, 4, 12].map((length) => letters("0123456789abcdef", length)).join("-"),
  };
}
