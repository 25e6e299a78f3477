// Rows about what the processes weigh when nothing happens.
import type { Deployment } from "#test/e2e/harness.ts";
import type { Role } from "#test/e2e/processes.ts";
import { cpuPercent, processFacts } from "./measure.ts";
import type { Row } from "./row.ts";

const idleSeconds = 30;

/** One cluster of one node is up, no job runs. */
export async function weightRows(on: Deployment): Promise<Row[]> {
  const roles: readonly { readonly role: Role; readonly mib: number; readonly cpu: number; readonly aim: string }[] = [
    { role: "server", mib: 120, cpu: Infinity, aim: "≤ 120 MiB" },
    { role: "hub", mib: Infinity, cpu: Infinity, aim: "–" },
    { role: "skylet", mib: 60, cpu: 0.5, aim: "≤ 60 MiB, ≤ 0.5 %" },
  ];
  const found = roles.flatMap(({ role, ...limits }) =>
    on
      .processes(role)
      .slice(0, 1)
      .map((each) => ({ role, pid: each.pid, ...limits })),
  );
  const cpu = await cpuPercent(
    found.map((each) => each.pid),
    idleSeconds,
  );
  return found.map((each, at) => {
    const rss = processFacts(each.pid).rssMib;
    const share = cpu[at] ?? Number.NaN;
    const limited = Number.isFinite(each.mib);
    return {
      key: `rss-${each.role}`,
      what: `${each.role}, idle: memory, share of a core over ${idleSeconds} s`,
      ours: `${rss.toFixed(0)} MiB, ${share.toFixed(2)} %`,
      aim: each.aim,
      met: limited ? rss <= each.mib && share <= each.cpu : null,
      floor: "empty server of the runtime: 27 MiB",
    };
  });
}
