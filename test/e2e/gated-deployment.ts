// A deployment whose launches take as long as a test wants, or fail when it wants: its agents wait at a gate.
import { chmodSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Deployment, stixProgram } from "./harness.ts";

/** A deployment whose agents begin when `open` was called, and end at once with a word after `fail`. */
export function gatedDeployment(): { readonly on: Deployment; readonly open: () => void; readonly fail: () => void } {
  const on = new Deployment();
  const [gate, failing, agent] = ["gate", "fail", "agent"].map((name) => join(on.root, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(
    agent,
    `#!/bin/sh
until [ -e '${gate}' ]; do
  if [ -e '${failing}' ]; then echo 'error: no luck on this machine' >&2; exit 1; fi
  sleep 0.05
done
exec '${join(dirname(stixProgram), "skylet")}' "$@"
`,
  );
  chmodSync(agent, 0o755);
  // Only now is it known where the deployment lies.
  Object.assign(on.env, { STIX_SKYLET: agent });
  return { on, open: () => writeFileSync(gate, ""), fail: () => writeFileSync(failing, "") };
}
