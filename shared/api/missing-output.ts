// The name by which downloaded output says that a part of it could not be had.

/** `0-head.log` whole; `1-worker1.log.missing` beside `1-worker1.log` holds one sentence: what is missing and why. */
export const MISSING_OUTPUT_SUFFIX = ".missing";
