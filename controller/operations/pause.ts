// How an operation waits: it ends, its request becomes a row that waits, and it is run again from its beginning when its time has
// come, by whatever server. No coroutine and no place in a lane is kept meanwhile.
import type { WaitWish } from "#controller/ports/requests.ts";
import type { OperationContext } from "./operation.ts";

/** Thrown through an operation to its engine; no failure. */
export class Pause extends Error {
  readonly wish: WaitWish;
  constructor(wish: WaitWish) {
    super(`waits for ${wish.on}`);
    this.name = "Pause";
    this.wish = wish;
  }
}

/** How often in a row this request has gone to wait for that; 0: it has not. */
export function waitsFor({ request }: OperationContext, on: string): number {
  return request.wakeOn === on ? request.waits : 0;
}
