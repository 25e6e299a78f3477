// A machine as its cloud tells it, and how one gets at it: data that the shell acts on, so that no cloud writes ssh.

export type InstanceState = "pending" | "running" | "stopping" | "stopped" | "dead";

/**
 * How a node is reached.
 * - `folder`: it is a folder of the controller's machine, with `agent` and `home` in it.
 * - `ssh`: by OpenSSH. `home` is the absolute home of `user`; `keyFile` null: what the user's agent and configuration offer;
 *   `jumps` are passed through in order; `hostKey` ("ssh-ed25519 AAAA…") is what the machine must show, null: what it shows first.
 * - `kubectl`: by exec into a container of a pod. `context` null: the current one of the kubeconfig.
 * - `cloud-init`: nobody gets in; all that the node needs was handed over when it was made.
 */
export type NodeReach =
  | { readonly kind: "folder"; readonly folder: string }
  | {
      readonly kind: "ssh";
      readonly host: string;
      readonly port: number;
      readonly user: string;
      readonly home: string;
      readonly keyFile: string | null;
      readonly jumps: readonly string[];
      readonly hostKey: string | null;
    }
  | {
      readonly kind: "kubectl";
      readonly context: string | null;
      readonly namespace: string;
      readonly pod: string;
      readonly container: string | null;
      readonly home: string;
    }
  | { readonly kind: "cloud-init"; readonly home: string };

/** `dead`: it exists (or its leftovers do) but will not come back by itself. */
export interface Instance {
  readonly cid: string;
  /** The attempt that made it, from its mark; null: it was made before marks told attempts, and counts for each of them. */
  readonly attempt: string | null;
  /** Where it stands. */
  readonly region: string;
  readonly zone: string | null;
  /** "n0" is the head. */
  readonly nid: string;
  readonly instanceId: string;
  readonly state: InstanceState;
  readonly internalIp: string;
  readonly externalIp: string | null;
  /** A stop or down that the cluster decided itself. */
  readonly autostopped: "stop" | "down" | null;
  /** null: it cannot be reached yet (no address). */
  readonly reach: NodeReach | null;
}
