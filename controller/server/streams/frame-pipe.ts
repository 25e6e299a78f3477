// A stream that is filled from several places and slows them down when its reader is slow.

export interface FramePipe<T> {
  readonly stream: ReadableStream<T>;
  /** Aborted when the reader went away. */
  readonly signal: AbortSignal;
  /** Resolves when there is room for more. Rejects when the reader went away. */
  push(value: T): Promise<void>;
  end(): void;
}

/** Values that wait for the reader: 32 chunks of at most 256 KiB. */
const WAITING_MAX = 32;

export function framePipe<T>(): FramePipe<T> {
  const gone = new AbortController();
  const { promise: started, resolve: start } = Promise.withResolvers<ReadableStreamDefaultController<T>>();
  const state = { room: Promise.withResolvers<void>(), ended: false };
  const stream = new ReadableStream<T>(
    {
      start,
      pull() {
        state.room.resolve();
        state.room = Promise.withResolvers<void>();
      },
      cancel() {
        gone.abort(new Error("the reader went away"));
        state.room.resolve();
      },
    },
    { highWaterMark: WAITING_MAX },
  );
  return {
    stream,
    signal: gone.signal,
    async push(value) {
      const controller = await started;
      gone.signal.throwIfAborted();
      if (state.ended) return;
      controller.enqueue(value);
      while ((controller.desiredSize ?? 0) <= 0 && !gone.signal.aborted) await state.room.promise;
    },
    end() {
      if (state.ended || gone.signal.aborted) return;
      state.ended = true;
      void started.then((controller) => controller.close());
    },
  };
}
