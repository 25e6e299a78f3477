// The supervisor of a node's agent: a shell script in a session of its own that starts the agent again whenever it dies.
import { EXIT_FENCED, EXIT_NODE_STOPPED } from "#shared/wire/node-config.ts";

/**
 * Arguments: the agent's folder, the file to enter the control group by ("" for none), then the agent's command line.
 * An agent that lived under a second is started again ever more slowly, up to 5 s; its first restart is immediate. While it
 * fails again and again, the file \`failing\` in its folder is touched each time.
 */
export const SUPERVISOR_SCRIPT = `#!/bin/sh
# Runs the agent of one node and starts it again when it dies. Written by stix; changes are lost.
folder=$1
group=$2
shift 2
[ -n "$group" ] && echo $$ > "$group" 2>/dev/null
short=0
while :; do
  begun=$(date +%s)
  STIX_SUPERVISOR=$$ "$@" </dev/null >>"$folder/agent.out" 2>&1
  status=$?
  case $status in
    ${EXIT_NODE_STOPPED}|${EXIT_FENCED}) exit "$status" ;;
  esac
  [ -d "$folder" ] || exit 0
  [ "$(wc -c <"$folder/agent.out")" -gt 1048576 ] && : >"$folder/agent.out"
  if [ $(( $(date +%s) - begun )) -gt 1 ]; then short=0; else short=$((short + 1)); fi
  if [ "$short" -ge 4 ]; then : >"$folder/failing"; else rm -f "$folder/failing"; fi
  case $short in
    0|1) ;;
    2) sleep 0.2 ;;
    3) sleep 1 ;;
    *) sleep 5 ;;
  esac
done
`;

/** Environment a node begins with: enough to run programs, nothing of the user's shell. */
export function nodeEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  node: { readonly mark: string; readonly home: string; readonly devices: readonly number[] },
): Record<string, string> {
  const kept = Object.entries(env).filter(([name, value]) => value !== undefined && isKept(name));
  return {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    ...Object.fromEntries(kept.map(([name, value]) => [name, value ?? ""])),
    HOME: node.home,
    STIX_NODE: node.mark,
    ...(node.devices.length === 0 ? {} : { STIX_DEVICES: node.devices.join(",") }),
  };
}

const keptNames = new Set([
  "PATH",
  "USER",
  "LOGNAME",
  "SHELL",
  "LANG",
  "LANGUAGE",
  "TZ",
  "TMPDIR",
  "LD_LIBRARY_PATH",
  "DYLD_LIBRARY_PATH",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "ALL_PROXY",
  "http_proxy",
  "https_proxy",
  "no_proxy",
  "all_proxy",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "REQUESTS_CA_BUNDLE",
  "CUDA_HOME",
  "CUDA_PATH",
  "STIX_CLOCK_FILE",
  // How patient the agent is; tests have less time than users.
  "STIX_CANCEL_GRACE_MS",
  "STIX_NODE_LOST_MS",
]);

function isKept(name: string): boolean {
  return keptNames.has(name) || name.startsWith("LC_") || name.startsWith("NVIDIA_");
}
