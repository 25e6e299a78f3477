// Who may say and hear what on the hub. Allow-lists only: what is not named here is refused by the server.
import { EVENT_STREAM, inboxPrefix, STATE_BUCKET } from "#shared/wire/subjects.ts";

export interface Permissions {
  readonly pub: { readonly allow?: readonly string[]; readonly deny?: readonly string[] };
  readonly sub: { readonly allow?: readonly string[]; readonly deny?: readonly string[] };
  readonly resp?: { readonly max: number; readonly ttl: number };
}

/** An answer may be given within this time after a question; long polls end after 5 s. Nanoseconds. */
const RESPONSE_TTL = 60_000_000_000;

export const controllerPermissions: Permissions = { pub: { allow: [">"] }, sub: { allow: [">"] } };

/** The head of one cluster: says `up`, hears `dn`, answers what it was asked. No JetStream at all. */
export function clusterPermissions(cid: string): Permissions {
  return {
    pub: { allow: [`stix.v1.up.${cid}.>`] },
    sub: { allow: [`stix.v1.dn.${cid}.>`, `${inboxPrefix.cluster(cid)}.>`] },
    resp: { max: 1, ttl: RESPONSE_TTL },
  };
}

/** Programs that watch: every event, heartbeat and snapshot, live or replayed; no command, no change of the stream. */
export function monitorPermissions(): Permissions {
  const state = `KV_${STATE_BUCKET}`;
  const readable = [EVENT_STREAM, state].flatMap((stream) => [
    `$JS.API.STREAM.INFO.${stream}`,
    `$JS.API.CONSUMER.CREATE.${stream}`,
    `$JS.API.CONSUMER.CREATE.${stream}.>`,
    `$JS.API.CONSUMER.INFO.${stream}.>`,
    `$JS.API.CONSUMER.MSG.NEXT.${stream}.>`,
    `$JS.API.CONSUMER.DELETE.${stream}.>`,
  ]);
  return {
    pub: {
      allow: [
        ...readable,
        // How full the account is: client libraries ask before anything else.
        "$JS.API.INFO",
        `$JS.API.DIRECT.GET.${state}.>`,
        `$JS.API.STREAM.MSG.GET.${state}`,
        // Flow control answers of ordered consumers; they can reach no data.
        `$JS.FC.${EVENT_STREAM}.>`,
        `$JS.FC.${state}.>`,
        "stix.v1.q.>",
      ],
    },
    sub: { allow: ["stix.v1.ev.>", "stix.v1.up.*.hb.>", "stix.v1.log.>", `$KV.${STATE_BUCKET}.>`, `${inboxPrefix.monitor}.>`] },
  };
}
