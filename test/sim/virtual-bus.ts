// A message server of a virtual world: delays, loses, doubles and reorders what it carries, is restarted with everything on the
// way lost, and its clients are cut off, frozen and killed. It keeps the promises of `BusConnection`, and no others.
import type { BusConnection, LineEvents, Responder } from "#skylet/bus/nats-client.ts";
import type { VirtualWorld } from "./virtual-world.ts";

export interface BusWeather {
  /** Chances in [0, 1), asked anew for every message. */
  readonly loss: () => number;
  readonly double: () => number;
  readonly delayMs: number;
  /** Nothing comes from it or to it. */
  readonly isCut: (client: string) => boolean;
  /** Until then it neither speaks nor hears; what came meanwhile it hears afterwards, in any order. */
  readonly frozenUntil: (client: string) => number;
}

export interface VirtualBus {
  /** Resolves when the server is there. Nothing of a client that is not alive happens any more. */
  open(client: string, events: LineEvents, isAlive: () => boolean): Promise<BusConnection>;
  /** Everything on the way is lost; clients come back after it, each in its own time. */
  restart(awayMs: number): void;
  /** Sees what is being delivered, while its receiver works on it. */
  delivering(): { readonly to: string; readonly data: Uint8Array } | null;
}

interface Client {
  readonly name: string;
  readonly isAlive: () => boolean;
  readonly events: LineEvents;
  readonly responders: Map<string, Responder>;
  connected: boolean;
  closed: boolean;
}

const RECONNECT_MS = 500;

export function createVirtualBus(world: VirtualWorld, weather: BusWeather): VirtualBus {
  const clients = new Set<Client>();
  let life = 0;
  let isUp = true;
  let current: { to: string; data: Uint8Array } | null = null;

  const isHeard = (client: Client) =>
    isUp && client.connected && !client.closed && client.isAlive() && !weather.isCut(client.name);

  /** Carries one message, perhaps not, perhaps twice, each time after a while of its own. */
  function carry(from: Client, to: Client, deliver: () => void): void {
    const copies = world.chance() < weather.double() ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      if (!isHeard(from) || weather.frozenUntil(from.name) > world.now() || world.chance() < weather.loss()) continue;
      const sentIn = life;
      const arrive = () => {
        if (sentIn !== life || !isHeard(to)) return;
        const leftMs = weather.frozenUntil(to.name) - world.now();
        if (leftMs > 0) world.after(leftMs + world.chance() * weather.delayMs, arrive);
        else deliver();
      };
      world.after(world.chance() * weather.delayMs, arrive);
    }
  }

  function send(from: Client, subject: string, data: Uint8Array, reply: ((data: Uint8Array) => void) | null): void {
    for (const to of clients) {
      const responder = [...to.responders].find(([pattern]) => matches(pattern, subject))?.[1];
      if (responder === undefined) continue;
      carry(from, to, () => {
        current = { to: to.name, data };
        const answer = responder(subject, data);
        current = null;
        void answer.then((bytes) => {
          if (bytes !== null && reply !== null && to.isAlive()) carry(to, from, () => reply(bytes));
        });
      });
    }
  }

  function connectionOf(client: Client): BusConnection {
    const connected = () => client.connected && !client.closed && isUp;
    return {
      connected,
      request: (subject, data, timeoutMs) =>
        new Promise((resolve, reject) => {
          world.after(timeoutMs, () => client.isAlive() && reject(new Error("timeout")));
          send(client, subject, data, resolve);
        }),
      publish: (subject, data) => {
        if (connected()) send(client, subject, data, null);
      },
      ask: (subject, data, timeoutMs, take) =>
        new Promise((resolve) => {
          let isOver = false;
          const done = () => {
            isOver = true;
            resolve();
          };
          world.after(timeoutMs, () => client.isAlive() && done());
          send(client, subject, data, (reply) => !isOver && take(reply) && done());
        }),
      respond: (subject, responder) => void client.responders.set(subject, responder),
      close: () => {
        client.closed = true;
        clients.delete(client);
        return Promise.resolve();
      },
    };
  }

  return {
    delivering: () => current,
    open: (name, events, isAlive) =>
      new Promise((resolve) => {
        const client: Client = { name, isAlive, events, responders: new Map(), connected: true, closed: false };
        const tryNow = () => {
          if (!isAlive()) return;
          if (!isUp || weather.isCut(name)) return void world.after(RECONNECT_MS, tryNow);
          clients.add(client);
          resolve(connectionOf(client));
        };
        tryNow();
      }),
    restart: (awayMs) => {
      life++;
      isUp = false;
      for (const client of clients) {
        client.connected = false;
        if (!client.isAlive()) clients.delete(client);
        else client.events.onDisconnected();
      }
      world.after(awayMs, () => {
        isUp = true;
        for (const client of clients)
          world.after(world.chance() * RECONNECT_MS, () => {
            if (client.connected || client.closed || !client.isAlive()) return;
            client.connected = true;
            client.events.onConnected();
          });
      });
    },
  };
}

/** NATS patterns: `*` for one word, `>` for all that follow. */
function matches(pattern: string, subject: string): boolean {
  const words = subject.split(".");
  const wanted = pattern.split(".");
  for (const [index, word] of wanted.entries()) {
    if (word === ">") return words.length > index;
    if (word !== "*" && word !== words[index]) return false;
  }
  return words.length === wanted.length;
}
