// A user of SkyPilot's own Python client, unmodified, with a STIX server of his own: what the compat tests share.
import { join } from "node:path";
import { Deployment, type Ended } from "../e2e/harness.ts";

const repository = join(import.meta.dir, "../..");
const commandLimitMs = 120_000;

export interface SkyUser extends AsyncDisposable {
  readonly deployment: Deployment;
  /** Path of the program `sky`; `python` lies beside it. */
  readonly sky: string;
  /** Environment of the client. */
  readonly env: Readonly<Record<string, string>>;
  run(command: readonly string[], env?: Readonly<Record<string, string | undefined>>, input?: string): Promise<Ended>;
  /** `sky …`, which must end with `status`; gives all that it printed. */
  client(args: readonly string[], status?: number): Promise<string>;
}

/** Installs the client when it is not there, and starts a server. `more`: environment of the deployment. */
export async function startSkyUser(
  more: Readonly<Record<string, string>> = {},
  deployment = new Deployment({ env: more }),
): Promise<SkyUser> {
  const install = Bun.spawn([join(repository, "scripts/test-parts/skypilot-client")], {
    stdout: "pipe",
    stderr: "inherit",
  });
  const sky = (await new Response(install.stdout).text()).trim();
  if ((await install.exited) !== 0) throw new Error("scripts/test-parts/skypilot-client did not install the client");
  await deployment.ok(["api", "start"]);
  const own = {
    PATH: `${join(sky, "..")}:${process.env["PATH"] ?? ""}`,
    HOME: deployment.home,
    USER: "tester",
    LANG: "C.UTF-8",
    COLUMNS: "200",
    SKYPILOT_DISABLE_USAGE_COLLECTION: "1",
    SKYPILOT_API_SERVER_ENDPOINT: `http://127.0.0.1:${deployment.port}`,
  };

  async function run(
    command: readonly string[],
    env: Readonly<Record<string, string | undefined>> = {},
    input = "",
  ): Promise<Ended> {
    const child = Bun.spawn([...command], {
      cwd: deployment.work,
      env: { ...own, ...env },
      stdin: new Blob([input]),
      stdout: "pipe",
      stderr: "pipe",
      timeout: commandLimitMs,
    });
    const [stdout, stderr, status] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    return { status, stdout, stderr, all: `${stdout}\n${stderr}` };
  }

  return {
    deployment,
    sky,
    env: own,
    run,
    async client(args, status = 0) {
      const ended = await run([sky, ...args]);
      if (ended.status !== status)
        throw new Error(`sky ${args.join(" ")} ended with ${ended.status}, not ${status}\n${ended.all}`);
      return ended.all;
    },
    [Symbol.asyncDispose]: () => deployment[Symbol.asyncDispose](),
  };
}
