// States of a request to the API server.

export const requestStates = [
  "PENDING", // durable, not begun
  "WAITING", // begun, paused until something outside changes
  "RUNNING", // its operation is at work
  "SUCCEEDED", // ended with a value
  "FAILED", // ended with an error
  "CANCELLED", // ended because somebody asked
] as const;

export type RequestState = (typeof requestStates)[number];

export function isRequestTerminal(state: RequestState): boolean {
  return state === "SUCCEEDED" || state === "FAILED" || state === "CANCELLED";
}
