// Behind a real nginx as it comes: streams pass as they are made, and what the proxy refuses is told with what to change.
import { requireRoot } from "../require.ts";
import { expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import { freePort } from "../free-port.ts";
import { expectClearError } from "./clear-error.ts";
import { Deployment, until } from "./harness.ts";

setDefaultTimeout(180_000);

const script = join(import.meta.dir, "../../scripts/test-parts/nginx");
const isRoot = process.getuid?.() === 0;

interface Proxy extends AsyncDisposable {
  readonly url: string;
}

/** nginx with its defaults before the server of `on`; `extra` stands in the location. */
async function nginx(
  on: Deployment,
  { user = isRoot ? "root" : null, extra = "" }: { readonly user?: string | null; readonly extra?: string } = {},
): Promise<Proxy> {
  const found = Bun.spawnSync([script], { stderr: "inherit" });
  if (!found.success) throw new Error("no nginx: see the lines above; install the package nginx");
  const port = freePort();
  const folder = join(on.work, `nginx-${port}`);
  mkdirSync(folder, { mode: 0o755 });
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join(" ");
  writeFileSync(
    join(folder, "nginx.conf"),
    `${user === null ? "" : `user ${user};`}
daemon off; pid ${folder}/pid; error_log ${folder}/error.log; events {}
http { access_log off; ${temporary} server { listen 127.0.0.1:${port}; location / { proxy_pass http://127.0.0.1:${on.port}; ${extra} } } }
`,
  );
  const child = Bun.spawn(
    [found.stdout.toString().trim(), "-p", folder, "-e", `${folder}/error.log`, "-c", `${folder}/nginx.conf`],
    { stdout: "ignore", stderr: "ignore" },
  );
  const url = `http://127.0.0.1:${port}`;
  await until(
    "nginx answers",
    () =>
      fetch(url).then(
        () => true,
        () => false,
      ),
    20_000,
    () => `nginx ended with ${child.exitCode}`,
  );
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGQUIT");
      await child.exited;
    },
  };
}

test("a job's output comes line by line, and events as they happen", async () => {
  await using on = new Deployment();
  await on.ok(["api", "start"]);
  await using proxy = await nginx(on);
  const env = { STIX_API_SERVER_ENDPOINT: proxy.url };
  const go = join(on.work, "go");
  await using events = on.start(["events", "--follow", "-o", "json"], { env });

  await using launch = on.start(
    ["launch", "-y", "-c", "p", "--infra", "local", `echo first; until [ -e ${go} ]; do sleep 0.1; done; echo second`],
    { env },
  );
  await launch.waitFor("first");
  await events.waitFor('"RUNNING"');
  await using logs = on.start(["logs", "p", "1"], { env });
  await logs.waitFor("first");
  writeFileSync(go, "");
  await logs.waitFor("second");
  const ended = await launch.ended();

  expect(ended.status, ended.all).toBe(0);
  expect(ended.stdout).toContain("second");
});

test("what is too large for the proxy, what it refuses, and a server that is not there are told with what to change", async () => {
  await using on = new Deployment();
  await on.ok(["api", "start"]);
  const folder = join(on.work, "big");
  mkdirSync(folder);
  writeFileSync(join(folder, "data"), randomBytes(3_000_000));
  await using proxy = await nginx(on);
  await using closed = await nginx(on, { extra: "deny all;" });
  await using named = await nginx(on, { extra: "proxy_set_header Host stix.example.com;" });
  const by = ({ url }: Proxy) => ({ env: { STIX_API_SERVER_ENDPOINT: url } });

  const large = await on.stix(["launch", "-y", "-c", "p", "--infra", "local", "--workdir", folder, "ls"], by(proxy));
  const denied = await on.stix(["status"], by(closed));
  const wrongName = await on.stix(["status"], by(named));
  await on.ok(["api", "stop"]);
  const away = await on.stix(["status"], by(proxy));

  expectClearError(large, /nginx.*413/);
  expect(large.stderr).toContain("client_max_body_size 100m");
  expectClearError(denied, /nginx.*403/);
  expect(denied.stderr).toContain("allow, deny");
  expectClearError(wrongName, /stix\.example\.com/);
  expect(wrongName.stderr).toContain("proxy_set_header Host");
  expectClearError(away, /nginx.*502/);
  expect(away.stderr).toContain("stix api start");
});

test("a proxy that runs as another user is told which user it must be", async () => {
  requireRoot("run nginx as another user");
  await using on = new Deployment();
  await on.ok(["api", "start"]);
  await using proxy = await nginx(on, { user: "nobody nogroup" });

  const refused = await on.stix(["status"], { env: { STIX_API_SERVER_ENDPOINT: proxy.url } });

  expectClearError(refused, /another user/);
  expect(refused.stderr).toContain("nginx: user NAME;");
});
