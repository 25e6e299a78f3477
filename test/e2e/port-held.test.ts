// A connection that was numbered with the server's port does not keep it from starting, and SkyPilot's clients find it there later.
import { expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Deployment, squat, until } from "./harness.ts";

setDefaultTimeout(120_000);

/** As a system numbers the near end of a connection: without leave to share the port. Perl is on every Debian. */
const hold = `use Socket; my ($from, $to) = @ARGV; socket(S, PF_INET, SOCK_STREAM, 6) or die $!;
bind(S, pack_sockaddr_in($from, inet_aton("127.0.0.1"))) or die "bind: $!"; connect(S, pack_sockaddr_in($to, inet_aton("127.0.0.1"))) or die "connect: $!";
$| = 1; print "held\\n"; sleep 60`;

const health = (port: number): Promise<number> =>
  fetch(`http://127.0.0.1:${port}/api/health`).then(
    (answer) => answer.status,
    () => 0,
  );

test("starts although a connection has its port, is found by commands, and takes the port when it is free", async () => {
  await using on = new Deployment();
  const anyone = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });
  await using holder = Bun.spawn(["perl", "-e", hold, String(on.port), String(anyone.port)], {
    stdout: "pipe",
    stderr: "ignore",
  });
  await holder.stdout.getReader().read();

  const started = await on.stix(["api", "start"]);
  const status = await on.stix(["status"]);
  const info: unknown = JSON.parse(readFileSync(join(on.state, "server.json"), "utf8"));
  const told = await on.stix(["api", "info"]);
  const named = await on.stix(["status"], { env: { STIX_API_SERVER_ENDPOINT: `http://127.0.0.1:${on.port}` } });
  // The end that hangs up first keeps its number for a minute: here that is the other one.
  anyone.stop(true);
  holder.kill("SIGKILL");
  await holder.exited;
  await until(
    "the server has the port that SkyPilot's clients know",
    async () => (await health(on.port)) === 200,
    20_000,
    () => on.evidence(),
  );
  const after = await on.stix(["status"]);

  expect(
    [started.status, status.status, named.status, after.status],
    started.all + status.all + named.all + after.all,
  ).toEqual([0, 0, 0, 0]);
  expect(info).toMatchObject({ wanted: on.port });
  const { port } = info as { readonly port: number };
  expect(port).not.toBe(on.port);
  const [low = 0, high = 0] = readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8")
    .trim()
    .split(/\s+/)
    .map(Number);
  expect(port < low || port > high).toBe(true);
  expect(told.stdout).toContain(`:${port}`);
  expect(await health(port)).toBe(200);
  await on.ok(["api", "stop"]);
  expect([await health(port), await health(on.port)]).toEqual([0, 0]);
});

test("another program that listens there is still one clear error", async () => {
  await using on = new Deployment();
  const squatter = await squat(on.port);

  const refused = await on.stix(["api", "start"]);
  squatter.stop(true);

  expect(refused.status).not.toBe(0);
  expect(refused.stderr).toContain(`port ${on.port} is in use by another program`);
  expect((await on.stix(["api", "start"])).status).toBe(0);
});

test("the hub and the buses of clusters are where no connection is numbered", async () => {
  await using on = new Deployment();
  await on.ok(["launch", "-y", "-d", "-c", "two", "--infra", "local", "--num-nodes", "2", "echo ran"]);
  const [low = 0, high = 0] = readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8")
    .trim()
    .split(/\s+/)
    .map(Number);
  const hub: unknown = JSON.parse(readFileSync(join(on.state, "hub/port.json"), "utf8"));
  const bus: unknown = JSON.parse(readFileSync(join(on.nodeHomes()[0] ?? "", "../agent/node.json"), "utf8"));
  const ports = [(hub as { port: number }).port, (bus as { bus: { port: number } }).bus.port];

  for (const port of ports) expect(port > 0 && (port < low || port > high), `${port} of ${low} to ${high}`).toBe(true);
});
