// One piece of work at a time: calls made while it is under way share the next run of it.

/** Every caller gets a run that began after it called; a thousand calls at once are two runs. A run that fails fails for its callers. */
export function shareNext<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<unknown> = Promise.resolve();
  let next: Promise<T> | null = null;
  return () => {
    next ??= running.then(() => {
      next = null;
      const run = work();
      running = run.catch(() => undefined);
      return run;
    });
    return next;
  };
}
