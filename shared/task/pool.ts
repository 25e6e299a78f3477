// A pool of workers as a task asks for it: a fixed count, or a range that follows the queue.

export interface PoolSpec {
  /** Fixed size; absent when the pool scales. */
  readonly workers?: number;
  readonly minWorkers?: number;
  readonly maxWorkers?: number;
  /** Waiting jobs that make a scaling pool grow; at least 1. */
  readonly queueLengthThreshold?: number;
  readonly upscaleDelaySeconds?: number;
  readonly downscaleDelaySeconds?: number;
  /** Probe timings that clients send along; a pool has no path of its own. */
  readonly readinessProbe?: import("./service.ts").ReadinessProbe;
}
