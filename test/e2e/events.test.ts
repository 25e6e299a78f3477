// What a monitor is given by the command line works in an ordinary NATS client, and ends when it is taken back.
import { expect, setDefaultTimeout, test } from "bun:test";
import { connect, credsAuthenticator } from "nats";
import { z } from "zod";
import { Deployment } from "./harness.ts";

setDefaultTimeout(180_000);

const monitorsSchema = z.array(
  z.object({ name: z.string(), state: z.string(), created_at: z.number(), expire_at: z.number() }),
);

test("credentials for monitors: made with a name and an end, listed, used by a NATS client, and taken back", async () => {
  await using on = new Deployment();
  await on.ok(["launch", "-y", "-d", "-c", "seen", "--infra", "local", "echo ran"]);

  const made = await on.stix(["events", "credentials", "-n", "grafana", "--expires", "2h"]);
  const listed = monitorsSchema.parse(await on.json(["events", "monitors"]));
  const [, url] = /^Server:\s+(\S+)$/m.exec(made.stderr) ?? [];
  const [, consumer] = /^Consumer:\s+(\S+)$/m.exec(made.stderr) ?? [];
  const client = await connect({
    servers: url ?? "",
    authenticator: credsAuthenticator(new TextEncoder().encode(made.stdout)),
    inboxPrefix: "_INBOX_mon",
    reconnect: false,
  });
  const states: string[] = [];
  for await (const message of await (
    await client.jetstream({ domain: "stix" }).consumers.get("STIX_EV", consumer)
  ).consume({ expires: 5_000 })) {
    const event = message.json<{ type: string; cluster: string; state?: string }>();
    if (event.type === "job-state") states.push(`${event.cluster} ${event.state ?? ""}`);
    if (event.state === "SUCCEEDED") break;
  }
  const twice = await on.stix(["events", "credentials", "-n", "grafana"]);
  const revoked = await on.ok(["events", "revoke", "grafana"]);
  await client.closed();

  expect(made.status, made.all).toBe(0);
  expect(listed).toMatchObject([{ name: "grafana", state: "LIVE" }]);
  expect((listed[0]?.expire_at ?? 0) - (listed[0]?.created_at ?? 0)).toBe(7_200_000);
  expect(states.at(-1)).toBe("seen SUCCEEDED");
  expect([twice.status, twice.stderr]).toEqual([1, expect.stringContaining("stix events revoke grafana")]);
  expect(revoked).toBe("Revoked grafana.\n");
  expect(await on.ok(["events", "monitors"])).toMatch(/grafana.*REVOKED/);
  const unknown = await on.stix(["events", "revoke", "nobody"]);
  expect([unknown.status, unknown.stderr]).toEqual([1, expect.stringContaining("stix events monitors")]);
});
