// How operations talk with the heads of clusters.
import type { LogChunkHead, RpcMethod, RpcParams, RpcResult } from "#shared/wire/rpc.ts";

export interface CallOptions {
  /** How long to wait for the answer; a retryable call is repeated inside this time. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export interface Agents {
  /** One call to a cluster's head. Throws StixError: agent-unreachable (no answer in time), agent-refused, job-not-found, … */
  call<M extends RpcMethod>(
    cid: string,
    method: Exclude<M, "log.read">,
    params: Omit<RpcParams<M>, "epoch">,
    options: CallOptions,
  ): Promise<RpcResult<M>>;
  /** A piece of a log. The same errors. */
  readLog(
    cid: string,
    params: RpcParams<"log.read">,
    options: CallOptions,
  ): Promise<{ head: LogChunkHead; bytes: Uint8Array }>;
  /** Resolves when the head of this cluster has registered (since this server started, or now), rejects on abort. `onNodes` hears how many nodes are up. */
  waitForHead(cid: string, nodeCount: number, signal: AbortSignal, onNodes?: (up: number) => void): Promise<void>;
  /** Credentials, bus keys and the hub's address for a new cluster: everything of node.json that only the hub's side knows. Idempotent. */
  enroll(cid: string, nodes: readonly string[]): Promise<Enrolment>;
  /**
   * A cluster that was enrolled before our records were lost: its head registers again by itself, with its database's incarnation
   * and the token it was given. A cluster that is known: nothing.
   */
  adopt(cluster: AdoptedAgents): Promise<void>;
  /** The cluster is gone: its credentials work no more. Idempotent. */
  revoke(cid: string): Promise<void>;
}

export interface AdoptedAgents {
  readonly cid: string;
  readonly clusterName: string;
  /** As node.json of its head has them. */
  readonly busPort: number;
  readonly bootToken: string;
}

export interface Enrolment {
  readonly endpoints: readonly string[];
  /** Grows when the endpoints change; `gen` of hub.json. */
  readonly endpointsGen: number;
  /** Content of the head's credentials file. */
  readonly credentials: string;
  /** PEM of the CA to pin; null on loopback. */
  readonly ca: string | null;
  readonly bootToken: string;
  /** nkey seed and public key for each node id. */
  readonly busKeys: Readonly<Record<string, { readonly seed: string; readonly publicKey: string }>>;
  /** Port of the cluster's own bus on its head; the same at every call. */
  readonly busPort: number;
}
