// check and enabled_clouds: which clouds can be used, and why the others cannot.
import { checkBodySchema } from "#shared/api/bodies.ts";
import { cloudAccess } from "#controller/core/clouds/access.gen.ts";
import { checkClouds, enabledClouds } from "./enabled-clouds.ts";
import type { Operation, OperationContext } from "./operation.ts";

export const check: Operation = { name: "check", canResume: true, run: runCheck };
export const enabledCloudsList: Operation = {
  name: "enabled_clouds",
  canResume: true,
  run: ({ world, signal }) => enabledClouds(world, signal),
};

async function runCheck({ world, request, log, signal }: OperationContext): Promise<unknown> {
  const body = checkBodySchema.parse(request.body);
  log.line("Checking credentials to enable infra.");
  const checked = await checkClouds(world, body.clouds, signal);
  for (const cloud of checked.toSorted((left, right) => left.cloud.localeCompare(right.cloud))) {
    log.line(
      `  ${cloud.cloud}: ${cloud.enabled ? `enabled [compute]${cloud.account === null ? "" : ` (as ${cloud.account})`}` : "disabled"}`,
    );
    if (cloud.reason !== null) log.line(`    Reason: ${cloud.reason}`);
    if (cloud.setUp.length > 0) log.line("    To set it up:");
    for (const step of cloud.setUp) log.line(`      ${step}`);
    if (cloud.hint !== null && !cloud.enabled) log.line(`    Hint: ${cloud.hint}`);
  }
  const enabled = checked.filter((each) => each.enabled);
  log.line("");
  if (enabled.length === 0) log.line("No cloud is enabled.");
  else {
    log.line("Enabled infra:");
    for (const cloud of enabled) log.line(`  ${cloud.cloud} [compute]`);
  }
  const planned = Object.keys(cloudAccess).filter((name) => !world.providers.names.includes(name));
  if (body.clouds === null && planned.length > 0)
    log.line(
      `Plans and prices only, in this version: ${planned.join(", ")} (stix check NAME tells what each looks for).`,
    );
  return { default: Object.fromEntries(enabled.map((each) => [each.cloud, ["compute"]])) };
}
