// Who may say and hear what on the hub. Allow-lists only: what is not named here is refused by the server.
import { EVENT_STREAM, inboxPrefix, MONITOR_DOMAIN, STATE_BUCKET } from "#shared/wire/subjects.ts";

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

/** The durable consumer that the controller makes for one monitor: the only one it may read. */
export function monitorConsumer(id: string): string {
  return `mon_${id}`;
}

/** What crosses from our account into those of monitors: as it happens, without being asked. */
const monitorFeeds = ["stix.v1.ev.>", "stix.v1.up.*.hb.>", `$KV.${STATE_BUCKET}.>`];

interface Question {
  readonly subject: string;
  /** One question, many answers. */
  readonly streamed?: boolean;
}

/**
 * What a monitor may ask, by the subjects of our account. In its own they begin with `$JS.stix.API`, the domain of JetStream
 * that clients are told: `$JS.API` would be answered there by an account without a store. No question here makes, changes or deletes anything but the monitor's
 * own place in the stream.
 */
function monitorQuestions(consumer: string): readonly Question[] {
  return [
    // How full the account is: client libraries ask before anything else.
    { subject: "$JS.API.INFO" },
    { subject: `$JS.API.STREAM.INFO.${EVENT_STREAM}` },
    { subject: `$JS.API.CONSUMER.INFO.${EVENT_STREAM}.${consumer}` },
    { subject: `$JS.API.CONSUMER.MSG.NEXT.${EVENT_STREAM}.${consumer}`, streamed: true },
    { subject: `$JS.ACK.${EVENT_STREAM}.${consumer}.>` },
    { subject: `$JS.API.STREAM.INFO.KV_${STATE_BUCKET}` },
    { subject: `$JS.API.STREAM.MSG.GET.KV_${STATE_BUCKET}` },
    { subject: `$JS.API.DIRECT.GET.KV_${STATE_BUCKET}.>` },
  ];
}

function inMonitorAccount(subject: string): string {
  return subject.replace(/^\$JS\.API\./, `$JS.${MONITOR_DOMAIN}.API.`);
}

/**
 * A monitor lives in an account of its own: whatever it names as the place for an answer is a place there, where no cluster
 * and no other monitor listens. In our account it could have the hub deliver into any subject, commands included.
 */
export function monitorImports(id: string, account: string): readonly Readonly<Record<string, unknown>>[] {
  return [
    ...monitorFeeds.map((subject) => ({ name: subject, subject, account, type: "stream" })),
    ...monitorQuestions(monitorConsumer(id)).map(({ subject }) => ({
      name: subject,
      subject,
      account,
      type: "service",
      local_subject: inMonitorAccount(subject),
    })),
  ];
}

/** Only accounts that our operator signed can import; their imports say which consumer is theirs. */
export const monitorExports: readonly Readonly<Record<string, unknown>>[] = [
  ...monitorFeeds.map((subject) => ({ name: subject, subject, type: "stream" })),
  ...monitorQuestions("*").map(({ subject, streamed }) => ({
    name: subject,
    subject,
    type: "service",
    response_type: streamed === true ? "Stream" : "Singleton",
  })),
];

/** The user of a monitor's account: the same once more, so that what is not allowed is refused with a word. */
export function monitorPermissions(id: string): Permissions {
  return {
    pub: { allow: monitorQuestions(monitorConsumer(id)).map(({ subject }) => inMonitorAccount(subject)) },
    sub: { allow: [...monitorFeeds, `${inboxPrefix.monitor}.>`] },
  };
}
