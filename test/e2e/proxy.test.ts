// Behind a company's proxy: what lives on this machine is never asked through it, whatever the variables leave out.
import { expect, setDefaultTimeout, test } from "bun:test";
import { outputLines } from "./answers.ts";
import { Deployment } from "./harness.ts";

setDefaultTimeout(180_000);

test("with http_proxy and no no_proxy everything on this machine speaks directly, and jobs see the variables as they are", async () => {
  const asked: string[] = [];
  using proxy = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request) => {
      asked.push(`${request.method} ${request.url}`);
      return new Response("a proxy cannot reach that", { status: 502 });
    },
  });
  const url = `http://127.0.0.1:${proxy.port}`;
  const variables = Object.fromEntries(["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"].map((name) => [name, url]));
  await using on = new Deployment({ env: variables });

  const launched = await on.stix(["launch", "-y", "-c", "p", "--infra", "local", "--num-nodes", "2", "echo proxy=$http_proxy no=$no_proxy$NO_PROXY"]);
  const named = await on.stix(["status"], { env: { STIX_API_SERVER_ENDPOINT: `http://localhost:${on.port}` } });
  const again = await on.stix(["api", "start"]);

  expect(launched.status, launched.all).toBe(0);
  expect(outputLines(launched.stdout)).toEqual([`proxy=${url} no=`, `proxy=${url} no=`]);
  expect([named.status, again.status], named.all + again.all).toEqual([0, 0]);
  expect(again.stdout).toContain("runs already");
  expect(asked).toEqual([]);
});
