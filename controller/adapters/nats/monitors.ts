// The desk for monitors' credentials: gives them out for a while, lists them, and takes them back.
import { isLive, type MonitorRecord, type MonitorRecords } from "#controller/ports/monitor-records.ts";
import type { Monitors, MonitorState } from "#controller/ports/monitors.ts";
import type { Clock, Random } from "#shared/clock.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import type { HubKeys } from "./hub-keys.ts";
import { monitorConsumer } from "./permissions.ts";

export interface MonitorNeeds {
  readonly records: MonitorRecords;
  readonly keys: HubKeys;
  readonly clock: Pick<Clock, "now">;
  readonly random: Pick<Random, "token">;
  nextIssue(atLeast: number): Promise<number>;
  access(): { readonly endpoints: readonly string[]; readonly ca: string | null };
  /** Sends an account's claim to the hub, if it is there; the next start has it anyway. */
  push(jwt: string): Promise<void>;
  /** Makes the places in the stream what the living need. */
  arrange(): Promise<void>;
}

const DAY_MS = 86_400_000;
const USUAL_DAYS = 30;
const MOST_DAYS = 366;
const LEAST_MS = 60_000;
/** Each holds a place in the stream and a few connections. */
const LIVE_MAX = 32;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

export function createMonitors(needs: MonitorNeeds): Monitors {
  const { records, keys, clock, random } = needs;
  let last: Promise<unknown> = Promise.resolve();
  // Each tells the hub over a connection of its own.
  const oneByOne = <T>(work: () => Promise<T>): Promise<T> => {
    const run = last.then(work);
    last = run.catch(() => undefined);
    return run;
  };
  return {
    create: ({ name, lifetimeMs }) =>
      oneByOne(async () => {
        const id = random.token(10);
        const createdAt = clock.now();
        const monitor = {
          id,
          name: checkedName(name ?? `monitor-${id.slice(0, 4)}`),
          createdAt,
          expireAt: createdAt + checkedLifetime(lifetimeMs ?? USUAL_DAYS * DAY_MS),
        };
        refuse(await records.add(monitor, LIVE_MAX), monitor.name);
        await needs.push(keys.monitorAccount(monitor, await needs.nextIssue(Math.floor(createdAt / 1000))).jwt);
        await needs.arrange();
        return {
          name: monitor.name,
          ...needs.access(),
          credentials: keys.monitorCredentials(monitor),
          consumer: monitorConsumer(id),
          expireAt: monitor.expireAt,
        };
      }),
    async list() {
      const now = clock.now();
      return (await records.list()).map((one) => ({ ...one, state: stateOf(one, now) }));
    },
    revoke: (names) =>
      oneByOne(async () => {
        const now = clock.now();
        const all = await records.list();
        const found = names.map(
          (name) => all.find((one) => one.id === name || (one.name === name && isLive(one, now))) ?? unknownName(name),
        );
        for (const one of found) {
          // The record first: a hub that is away now reads it at its start.
          if (one.revokedAt === null) await records.revoke(one.id, now);
          await needs.push(keys.closedMonitorAccount(one, await needs.nextIssue(Math.floor(now / 1000))).jwt);
        }
        await needs.arrange();
        return found.map((one) => one.name);
      }),
  };
}

function checkedName(name: string): string {
  if (NAME.test(name)) return name;
  throw new StixError({
    code: "bad-value",
    message: `'${name}' cannot be the name of credentials`,
    hint: "letters, digits, '.', '_' and '-', at most 63 of them",
  });
}

function checkedLifetime(ms: number): number {
  if (ms >= LEAST_MS && ms <= MOST_DAYS * DAY_MS) return ms;
  throw new StixError({
    code: "bad-value",
    message: "credentials live at least a minute and at most a year",
    hint: "--expires 12h, 30d or 52w",
  });
}

function refuse(outcome: "added" | "name-taken" | "too-many", name: string): void {
  if (outcome === "name-taken")
    throw new StixError({
      code: "bad-value",
      message: `there are live credentials named '${name}'`,
      hint: `{program} events revoke ${name}, or take another --name`,
    });
  if (outcome === "too-many")
    throw new StixError({
      code: "bad-value",
      message: `there are ${LIVE_MAX} live credentials, and no more are given out`,
      hint: "{program} events monitors, then {program} events revoke NAME",
    });
}

function unknownName(name: string): never {
  throw new StixError({
    code: "bad-value",
    message: `no live credentials are named '${name}'`,
    hint: "{program} events monitors",
  });
}

function stateOf(monitor: MonitorRecord, now: number): MonitorState {
  if (monitor.revokedAt !== null) return "REVOKED";
  return isLive(monitor, now) ? "LIVE" : "EXPIRED";
}
