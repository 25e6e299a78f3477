// What every answer that comes piece by piece carries, so that no proxy on the way keeps pieces back or stores them.
export const streamHeaders = { "cache-control": "no-cache, no-transform", "x-accel-buffering": "no" } as const;
