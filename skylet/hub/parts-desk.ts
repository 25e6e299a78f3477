// Pieces of requests that do not fit into one message, until their request comes. Bounded: the oldest go first.
import { REQUEST_PARTS_BYTES_MAX, type RpcParams } from "#shared/wire/rpc.ts";
import { RpcRefusal } from "./rpc-errors.ts";

export interface PartsDesk {
  add(part: Omit<RpcParams<"part">, "epoch">): void;
  /** The request's text. Throws not-ready when parts are gone: the asker sends them again. */
  whole(named: { readonly key: string; readonly count: number }): string;
  drop(key: string): void;
}

export function createPartsDesk(bytesMax = 2 * REQUEST_PARTS_BYTES_MAX): PartsDesk {
  /** In the order in which their first piece came. */
  const heldByKey = new Map<string, Map<number, Buffer>>();
  const bytesOf = () =>
    [...heldByKey.values()].reduce(
      (total, pieces) => [...pieces.values()].reduce((sum, piece) => sum + piece.length, total),
      0,
    );
  return {
    add: ({ key, index, data }) => {
      const pieces = heldByKey.get(key) ?? new Map<number, Buffer>();
      pieces.set(index, Buffer.from(data, "base64"));
      heldByKey.set(key, pieces);
      for (const oldest of heldByKey.keys()) {
        if (oldest === key || bytesOf() <= bytesMax) break;
        heldByKey.delete(oldest);
      }
    },
    whole: ({ key, count }) => {
      const pieces = heldByKey.get(key);
      const inOrder = Array.from({ length: count }, (_, index) => pieces?.get(index)).filter(
        (piece) => piece !== undefined,
      );
      const bytes = Buffer.concat(inOrder);
      if (inOrder.length === count && new Bun.CryptoHasher("sha256").update(bytes).digest("hex") === key)
        return bytes.toString("utf8");
      heldByKey.delete(key);
      throw new RpcRefusal("not-ready", "parts of the request are missing");
    },
    drop: (key) => void heldByKey.delete(key),
  };
}
