// SkyPilot's own Python client, unmodified, as the user of a STIX server: its commands work and say what they always say.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { startSkyUser, type SkyUser } from "./sky-user.ts";

/** The client needs 2 to 4 s of CPU for each command. */
const testLimitMs = 300_000;

let user: SkyUser;

beforeAll(async () => {
  user = await startSkyUser();
}, 600_000);

afterAll(async () => {
  await user?.[Symbol.asyncDispose]();
}, 120_000);

const client = (args: readonly string[], status = 0) => user.client(args, status);

describe("the unmodified Python client", () => {
  test(
    "goes through a cluster's whole life",
    async () => {
      user.deployment.file(
        "task.yaml",
        'name: hello\nresources:\n  cpus: 1+\nsetup: echo setting-up\nrun: |\n  echo "hello from rank $SKYPILOT_NODE_RANK"\n',
      );

      expect(await client(["check"])).toContain("local");

      const launched = await client(["launch", "-y", "-c", "py", "task.yaml"]);
      expect(launched).toContain("setting-up");
      expect(launched).toContain("hello from rank 0");
      expect(launched).toContain("Job finished (status: SUCCEEDED).");

      const executed = await client(["exec", "py", "echo executed; echo $((40 + 2))"]);
      expect(executed).toContain("executed");
      expect(executed).toContain("42");

      const status = await client(["status"]);
      expect(status).toMatch(/^py\s.*\bUP\b/m);

      const queue = await client(["queue", "py"]);
      expect(queue).toMatch(/^2\s.*SUCCEEDED/m);
      expect(queue).toMatch(/^1\s+hello\s.*SUCCEEDED/m);

      expect(await client(["logs", "py", "1", "--no-follow"])).toContain("hello from rank 0");
      expect(await client(["logs", "py", "2", "--status"])).toContain("SUCCEEDED");
      await client(["logs", "py", "2", "--sync-down"]);

      expect(await client(["exec", "py", "exit 3"], 100)).toContain("FAILED");

      await client(["exec", "-d", "py", "sleep 600"]);
      await client(["cancel", "-y", "py", "4"]);
      expect(await client(["queue", "py"])).toMatch(/^4\s.*CANCELLED/m);

      expect(await client(["autostop", "-y", "py", "-i", "30"])).toContain("autostop");
      expect(await client(["status", "py"])).toMatch(/^py\s.*30m/m);

      await client(["stop", "-y", "py"]);
      expect(await client(["status", "py"])).toMatch(/^py\s.*STOPPED/m);
      await client(["start", "-y", "py"]);
      expect(await client(["exec", "py", "echo again"])).toContain("again");

      expect(await client(["api", "status", "-a"])).toContain("sky.launch");

      await client(["down", "-y", "py"]);
      expect(await client(["status"])).toContain("No existing clusters.");
    },
    testLimitMs,
  );

  test(
    "uploads a working directory and mounts",
    async () => {
      user.deployment.file("data.txt", "mounted\n");
      await Bun.write(join(user.deployment.work, "project/main.sh"), "echo ran from the working directory\n");
      user.deployment.file(
        "upload.yaml",
        "workdir: project\nfile_mounts:\n  ~/data.txt: data.txt\nrun: |\n  bash main.sh\n  cat ~/data.txt\n",
      );

      const launched = await client(["launch", "-y", "-c", "up", "upload.yaml"]);
      expect(launched).toContain("ran from the working directory");
      expect(launched).toContain("mounted");

      await client(["down", "-y", "up"]);
    },
    testLimitMs,
  );

  test(
    "speaks as to its own local server, without uploads",
    async () => {
      user.deployment.file("local.yaml", "resources:\n  cpus: 1+\nrun: echo as-local\n");
      const local = {
        SKYPILOT_API_SERVER_ENDPOINT: undefined,
        SKYPILOT_API_SERVER_LOCAL_PORT: String(user.deployment.port),
      };

      const launched = await user.run([user.sky, "launch", "-y", "-c", "loc", "local.yaml"], local);

      expect(launched.all).toContain("as-local");
      expect(launched.status).toBe(0);
      await client(["down", "-y", "loc"]);
    },
    testLimitMs,
  );

  test(
    "raises the exception classes programs wait for",
    async () => {
      user.deployment.file(
        "errors.py",
        [
          "import sky",
          "def kind(call):",
          "    try:",
          "        call()",
          "        return 'none'",
          "    except Exception as e:",
          "        return type(e).__name__",
          "print('down', kind(lambda: sky.get(sky.down('nope'))))",
          "print('queue', kind(lambda: sky.get(sky.queue('nope'))))",
          "print('exec', kind(lambda: sky.get(sky.exec(sky.Task(run='true'), cluster_name='nope'))))",
          "print('request', kind(lambda: sky.get('ffffffff-ffff-4fff-bfff-ffffffffffff')))",
        ].join("\n"),
      );

      const ended = await user.run([join(user.sky, "../python"), "errors.py"]);

      expect(ended.stdout).toContain("down ClusterDoesNotExist");
      expect(ended.stdout).toContain("queue ClusterDoesNotExist");
      expect(ended.stdout).toContain("exec ClusterDoesNotExist");
      expect(ended.stdout).not.toContain("none");
    },
    testLimitMs,
  );
});
