// The config a request runs under: the server's own with the client's laid over it, and what it says of clouds.
import { checkConfigText, type ConfigMapping } from "#shared/config/check.ts";
import { overlayClientConfig, valueAt } from "#shared/config/client-overlay.ts";
import { activeWorkspace } from "#shared/config/lookup.ts";
import type { BaseBody } from "#shared/api/bodies.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import type { OperationContext, World } from "./operation.ts";

/**
 * Judges what the client sent as strictly as the server's own file, and tells in the request's log which of its keys only
 * the server decides. Throws `bad-config`.
 */
export function requestConfig(
  { world, log }: Pick<OperationContext, "world" | "log">,
  body: Pick<BaseBody, "override_skypilot_config">,
): ConfigMapping {
  const sent = body.override_skypilot_config ?? {};
  const { config: client, problems } = checkConfigText(JSON.stringify(sent), { strict: true });
  const [first] = problems;
  if (first !== undefined) {
    throw new StixError({
      code: "bad-config",
      message: `the config sent with the request: ${first.message}`,
      hint: first.hint ?? "correct ~/.sky/config.yaml, .sky.yaml, or --config",
      details: { exception: first.class },
    });
  }
  const { config, ignored } = overlayClientConfig(world.config(), client);
  for (const key of ignored)
    log.line(`warning: the config key '${key}' is the server's alone; the client's value is ignored`);
  return config;
}

/** Why the server's config keeps a cloud from being used; null: it does not. */
export function forbiddenBecause(world: Pick<World, "config">, cloud: string): string | null {
  const config = world.config();
  const allowed = config["allowed_clouds"];
  if (Array.isArray(allowed) && !allowed.some((name) => String(name).toLowerCase() === cloud))
    return "allowed_clouds of the server's config leaves it out";
  const workspace = activeWorkspace(config);
  return valueAt(config, ["workspaces", workspace, cloud, "disabled"]) === true
    ? `workspace '${workspace}' has it disabled`
    : null;
}
