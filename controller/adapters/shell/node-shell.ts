// Gets at each node in the way its cloud says it is reached.
import type { NodeShell } from "#controller/ports/shell.ts";
import type { ProviderFailure } from "#controller/providers/contract/failure.ts";
import type { Instance, NodeReach } from "#controller/providers/contract/instance.ts";
import { failure } from "#controller/providers/kit/answer.ts";
import { StixError } from "#shared/errors/stix-error.ts";

/** One shell for all nodes, from those for each kind of reach. A kind that is missing is not built in. */
export function createNodeShell(shells: Partial<Readonly<Record<NodeReach["kind"], NodeShell>>>): NodeShell {
  const shellOf = ({ reach }: Instance): NodeShell | undefined => (reach === null ? undefined : shells[reach.kind]);
  return {
    paths(instance) {
      const shell = shellOf(instance);
      if (shell !== undefined) return shell.paths(instance);
      const { message, hint } = unreachable(instance);
      throw new StixError({ code: "agent-unreachable", message, hint });
    },
    writeAgentFile: async (instance, ...more) =>
      await (shellOf(instance)?.writeAgentFile(instance, ...more) ?? unreachable(instance)),
    readAgentFile: async (instance, name) => await (shellOf(instance)?.readAgentFile(instance, name) ?? null),
    startAgent: async (instance) => await (shellOf(instance)?.startAgent(instance) ?? unreachable(instance)),
    restartAgent: async (instance) => await (shellOf(instance)?.restartAgent(instance) ?? unreachable(instance)),
    complaint: async (instance) => await (shellOf(instance)?.complaint(instance) ?? null),
    placeFiles: async (instance, ...more) =>
      await (shellOf(instance)?.placeFiles(instance, ...more) ?? unreachable(instance)),
  };
}

function unreachable({ nid, reach }: Instance): ProviderFailure {
  return reach === null
    ? failure({
        kind: "transient",
        reach: "offer",
        message: `node ${nid} has no address yet`,
        hint: "stix status --refresh shows when it has one",
      })
    : failure({
        kind: "unsupported",
        reach: "offer",
        message: `node ${nid} is reached by ${reach.kind}, which this version cannot do`,
        hint: "update the server",
      });
}
