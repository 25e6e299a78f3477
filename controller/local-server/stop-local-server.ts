// Ends the local server: asked first, killed when it must be.
import { StixError } from "#shared/errors/stix-error.ts";
import type { LocalServer } from "./start-local-server.ts";
import { isServerAlive, serverPid } from "./server-process.ts";

const STOP_DEADLINE_MS = 15_000;
/** After SIGTERM; a server that works ends in a tenth of it. */
const FORCE_AFTER_MS = 2_000;
const TELL_AFTER_MS = 2_500;
const POLL_MS = 20;

/**
 * False when none ran. Waits until its process is gone; `force` kills one that does not end by itself: what it was at
 * work on goes on with the next start.
 */
export async function stopLocalServer(local: LocalServer, force = false): Promise<boolean> {
  const pid = serverPid(local.paths);
  if (pid === undefined) return false;
  process.kill(pid, "SIGTERM");
  // A suspended one hears nothing before it goes on.
  process.kill(pid, "SIGCONT");
  const startedAt = local.clock.monotonic();
  let told = false;
  while (isServerAlive(pid)) {
    const waited = local.clock.monotonic() - startedAt;
    if (force && waited > FORCE_AFTER_MS) process.kill(pid, "SIGKILL");
    if (waited > STOP_DEADLINE_MS) {
      throw new StixError({
        code: "server-unreachable",
        message: `the API server (process ${pid}) does not stop`,
        hint: force ? `ps -o pid,stat,wchan,args -p ${pid}` : "{program} api stop --force",
      });
    }
    if (waited > TELL_AFTER_MS && !told)
      local.tell(`The API server (process ${pid}) has not ended yet; waiting for it.`);
    told ||= waited > TELL_AFTER_MS;
    await local.clock.sleep(POLL_MS);
  }
  return true;
}
