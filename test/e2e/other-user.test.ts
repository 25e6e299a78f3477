// Another user of the same machine gets nothing out of our server, whatever addresses and ports he binds.
import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { freePort } from "../free-port.ts";
import { Deployment, until } from "./harness.ts";
import { otherUser } from "./other-user.ts";

setDefaultTimeout(180_000);

const requestsSchema = z.array(z.looseObject({ name: z.string() }));

/** Names of all requests the server ever took, `status` of this question left out. */
async function requestNames(on: Deployment): Promise<string[]> {
  const answer = await fetch(`http://127.0.0.1:${on.port}/api/status?all_status=true`);
  return requestsSchema.parse(await answer.json()).map((request) => request.name);
}

const curl = (on: Deployment, path: string, ...words: readonly string[]): string[] => [
  "curl",
  "-s",
  "-m",
  "20",
  "-o",
  "/dev/null",
  "-w",
  "%{http_code}",
  ...words,
  `http://127.0.0.1:${on.port}${path}`,
];

test("a connection from another address with the port of one of the owner's is not taken for the owner's", async () => {
  const stranger = otherUser();
  await using on = new Deployment();
  await on.ok(["api", "start"]);
  const before = await requestNames(on);
  const stolen = join(on.root, "stolen");
  const task = JSON.stringify({ cluster_name: "stolen", task: `resources:\n  infra: local\nrun: touch ${stolen}\n` });
  const answers = new Set<string>();

  for (let tried = 0; tried < 12; tried += 1) {
    // Where the row stands in the kernel's table is chance: each try is another connection.
    const owners = await Bun.connect({ hostname: "127.0.0.1", port: on.port, socket: { data: () => undefined } });
    // A place that was used waits for a minute after its connection: each call has its own.
    const posing = (place: number, form = "") => [
      "--interface",
      `${form}127.0.${7 + tried}.${place}`,
      "--local-port",
      String(owners.localPort),
    ];
    answers.add((await stranger.run(curl(on, "/api/health", ...posing(1)))).output);
    answers.add((await stranger.run(curl(on, "/enabled_clouds", ...posing(2)))).output);
    answers.add(
      (
        await stranger.run(
          curl(on, "/launch", ...posing(3), "-H", "content-type: application/json", "--data-binary", "@-"),
          task,
        )
      ).output,
    );
    // The same by a socket of IPv6 that speaks with an address of IPv4.
    const mapped = curl(on, "/api/health", "-6", "-H", `Host: 127.0.0.1:${on.port}`, ...posing(4, "::ffff:")).slice(
      0,
      -1,
    );
    answers.add((await stranger.run([...mapped, `http://[::ffff:127.0.0.1]:${on.port}/api/health`])).output);
    owners.end();
  }

  expect([...answers]).toEqual(["403"]);
  expect(await requestNames(on)).toEqual(before);
  expect(existsSync(stolen)).toBe(false);
});

/** Perl is on every Debian. Sends what it is given and hangs up so that the server's kernel forgets the connection at once. */
const hangUp = `use Socket; my ($from, $to) = @ARGV; local $/; my $text = <STDIN>;
socket(S, PF_INET, SOCK_STREAM, 6) or die $!; setsockopt(S, SOL_SOCKET, SO_REUSEADDR, 1);
bind(S, pack_sockaddr_in($from, inet_aton("127.0.0.1"))) or die "bind: $!";
connect(S, pack_sockaddr_in($to, inet_aton("127.0.0.1"))) or die "connect: $!";
syswrite(S, $text); setsockopt(S, SOL_SOCKET, SO_LINGER, pack("ii", 1, 0)); close(S); print "sent"`;

test("what a stranger sent before he left his port to the owner is not done in the owner's name", async () => {
  const stranger = otherUser();
  await using on = new Deployment();
  await on.ok(["api", "start"]);
  const before = await requestNames(on);
  const [server] = on.processes("server");
  if (server === undefined) throw new Error("no server");
  // Not one that the kernel deals out: another program's connection would take it between the two.
  const port = freePort();

  process.kill(server.pid, "SIGSTOP");
  const sent = await stranger.run(
    ["perl", "-e", hangUp, String(port), String(on.port)],
    `GET /enabled_clouds HTTP/1.1\r\nHost: 127.0.0.1:${on.port}\r\n\r\n`,
  );
  const ours = Bun.spawn(curl(on, "/api/health", "--local-port", String(port)), { stdout: "pipe" });
  const hexPort = port.toString(16).toUpperCase().padStart(4, "0");
  await until(
    "the owner's connection is made",
    () => new RegExp(`: 0100007F:${hexPort} \\S+ 01 `).test(readFileSync("/proc/net/tcp", "utf8")),
    10_000,
  );
  process.kill(server.pid, "SIGCONT");

  expect(sent.output).toBe("sent");
  expect(await new Response(ours.stdout).text()).toBe("200");
  expect(await requestNames(on)).toEqual(before);
});

test("the owner's own programs need no token: any source address, IPv4 and IPv4 in IPv6, one connection or many", async () => {
  await using on = new Deployment();
  await on.ok(["api", "start"]);
  const own = async (...words: readonly string[]) =>
    await new Response(Bun.spawn(curl(on, "/api/health", ...words), { stdout: "pipe" }).stdout).text();

  expect(await own()).toBe("200");
  expect(await own("--interface", "127.0.0.9")).toBe("200");
  const mapped = [
    "curl",
    "-s",
    "-m",
    "20",
    "-o",
    "/dev/null",
    "-w",
    "%{http_code}",
    "-H",
    `Host: 127.0.0.1:${on.port}`,
    `http://[::ffff:127.0.0.1]:${on.port}/api/health`,
  ];
  expect(await new Response(Bun.spawn(mapped, { stdout: "pipe" }).stdout).text()).toBe("200");
  const many = await Promise.all(
    Array.from({ length: 100 }, () => fetch(`http://127.0.0.1:${on.port}/api/health`).then((answer) => answer.status)),
  );
  expect([...new Set(many)]).toEqual([200]);
});

/** Says of itself what a server of ours says, and writes down what it is asked. */
const impostor = `use Socket; my ($port) = @ARGV; $| = 1;
socket(L, PF_INET, SOCK_STREAM, 6); setsockopt(L, SOL_SOCKET, SO_REUSEADDR, 1); bind(L, pack_sockaddr_in($port, inet_aton("127.0.0.1"))) or die $!; listen(L, 50); print "listens\n";
while (accept(C, L)) { sysread(C, my $asked, 65536); print $asked;
my $body = '{"status":"healthy","api_version":"62","version":"0.14.1","commit":"x","stix_version":"0.1.0","pid":1}';
syswrite(C, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-SkyPilot-API-Version: 62\r\nContent-Length: " . length($body) . "\r\nConnection: close\r\n\r\n" . $body); close(C); }`;

test("a stranger who takes the port of a server that died gets neither token nor task", async () => {
  const stranger = otherUser();
  await using on = new Deployment();
  await on.ok(["api", "start"]);
  await on.kill("server");
  const token = readFileSync(join(on.state, "server.token"), "utf8");
  await using posing = stranger.start(["perl", "-e", impostor, String(on.port)]);
  await until("the stranger listens", () => posing.output().includes("listens"), 20_000, posing.output);

  const status = await on.stix(["status"]);
  const launch = await on.stix(["launch", "-y", "-c", "secret", "--infra", "local", "echo my secret"]);

  for (const refused of [status, launch]) {
    expect(refused.status).not.toBe(0);
    expect(refused.stderr).toMatch(/port \d+ is in use by .*another user/);
  }
  expect(posing.output()).not.toContain(token);
  expect(posing.output()).not.toContain("secret");
});
