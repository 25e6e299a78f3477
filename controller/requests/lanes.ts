// How many requests are at work at once, by lane. What has no room stays a row; nothing of it is kept here.
import { failureOf } from "#controller/operations/request-failure.ts";
import type { Lane, Lease, RequestRecord, RequestStore } from "#controller/ports/requests.ts";

/**
 * How many operations of a lane are at work at once. They wait for clouds and agents nearly all the time; an operation holds
 * a few kilobytes and one connection, so the bound is what keeps a flood from taking all sockets.
 */
const LANE_WIDTH: Readonly<Record<Lane, number>> = { long: 512, short: 256 };
const lanes = Object.keys(LANE_WIDTH) as Lane[];
/** Taken up with one statement: more would hold up who comes between. */
const CLAIM_MAX = 32;

export interface Lanes {
  /** A new row: taken up at once when there is room and nobody waits for it. */
  offer(request: RequestRecord): Promise<void>;
  /** Takes up what is due, as far as there is room. */
  fill(): Promise<void>;
}

export interface LanesNeeds {
  readonly requests: RequestStore;
  lease(): Lease;
  now(): number;
  isStopping(): boolean;
  /** Never rejects. */
  work(request: RequestRecord): Promise<void>;
  tell(event: string, fields: Readonly<Record<string, unknown>>): void;
}

export function createLanes(needs: LanesNeeds): Lanes {
  const { requests } = needs;
  const busy: Record<Lane, number> = { long: 0, short: 0 };
  /** Rows may be there that found no room. */
  const hasMore: Record<Lane, boolean> = { long: false, short: false };
  const filling: Record<Lane, Promise<void> | null> = { long: null, short: null };
  const roomOf = (lane: Lane) => (needs.isStopping() ? 0 : LANE_WIDTH[lane] - busy[lane]);

  function begin(request: RequestRecord): void {
    busy[request.lane] += 1;
    void needs.work(request).finally(() => {
      busy[request.lane] -= 1;
      if (hasMore[request.lane]) void tryFill(request.lane);
    });
  }

  function tryFill(lane: Lane): Promise<void> {
    filling[lane] ??= takeUp(lane)
      // The rows stay; the next who comes, or the next end of a request, tries again.
      .catch((error: unknown) => needs.tell("requests-not-taken-up", { lane, error: failureOf(error).message }))
      .finally(() => {
        filling[lane] = null;
      });
    return filling[lane];
  }

  async function takeUp(lane: Lane): Promise<void> {
    for (;;) {
      hasMore[lane] = true;
      const count = Math.min(roomOf(lane), CLAIM_MAX);
      if (count <= 0) return;
      const claimed = await requests.claimNext(lane, count, needs.lease(), needs.now());
      for (const request of claimed) begin(request);
      if (claimed.length === count) continue;
      hasMore[lane] = false;
      return;
    }
  }

  return {
    async offer(request) {
      const { lane } = request;
      if (hasMore[lane] || roomOf(lane) <= 0) {
        hasMore[lane] = true;
        return void tryFill(lane);
      }
      // Its place is taken before the row is asked for: others may be offered meanwhile.
      busy[lane] += 1;
      try {
        const claimed = await requests.claim(request.id, needs.lease(), needs.now());
        if (claimed !== null) begin(claimed);
      } catch (error) {
        hasMore[lane] = true;
        needs.tell("requests-not-taken-up", { lane, error: failureOf(error).message });
      } finally {
        busy[lane] -= 1;
      }
    },
    async fill() {
      await Promise.all(lanes.map((lane) => tryFill(lane)));
    },
  };
}
