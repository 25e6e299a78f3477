// Waiting for what the user types, which Ctrl-C ends.
import { realTime } from "#shared/clock.ts";

/** A signal reaches us by a turn of the event loop of its own. */
const SIGNAL_DELAY_MS = 5;

/** What the user typed, or the reason of Ctrl-C: that one wins however soon something is typed after it. */
export async function unlessInterrupted<T>(interrupted: AbortSignal, read: () => Promise<T>): Promise<T> {
  interrupted.throwIfAborted();
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const stop = () => reject(interrupted.reason);
  interrupted.addEventListener("abort", stop, { once: true });
  try {
    const typed = await Promise.race([read(), stopped]);
    // A line is often read before the signal that came ahead of it has been told.
    await Promise.race([realTime.sleep(SIGNAL_DELAY_MS), stopped]);
    return typed;
  } finally {
    interrupted.removeEventListener("abort", stop);
  }
}
