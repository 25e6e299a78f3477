// All keys of the config file and their types, as a client reads them and as the server does.
import { anything, closed, flag, lazily, listOf, mapOf, text, word } from "../../schema/shapes.ts";
import { CLOUDS } from "../../task/schema/words.ts";
import { sectionsOf } from "./cloud-sections.ts";
import { textOrTexts, type Strictness } from "./parts.ts";
import {
  adminPolicySchema,
  apiServerSchema,
  daemonsSchema,
  dashboardSchema,
  dataSchema,
  jobsSchema,
  logsSchema,
  metricsSchema,
  provisionSchema,
  rbacSchema,
  serveSchema,
  workspaceConfigSchema,
} from "./server.ts";
import { STORAGE_CLOUDS, workspacesSchema } from "./workspaces.ts";

/** Keys in the order in which their faults are told. */
export function makeConfigSchema(strictness: Strictness) {
  return closed({
    workspace: text().optional(),
    db: text().optional(),
    jobs: jobsSchema(strictness).optional(),
    serve: serveSchema(strictness).optional(),
    allowed_clouds: listOf(word([...CLOUDS, ...STORAGE_CLOUDS])).optional(),
    admin_policy: adminPolicySchema().optional(),
    docker: closed({ run_options: textOrTexts().optional() }).optional(),
    nvidia_gpus: closed({ disable_ecc: flag().optional() }).optional(),
    api_server: apiServerSchema().optional(),
    active_workspace: text().optional(),
    workspaces: workspacesSchema(strictness).optional(),
    workspace_config: workspaceConfigSchema().optional(),
    provision: provisionSchema().optional(),
    rbac: rbacSchema().optional(),
    logs: logsSchema().optional(),
    daemons: daemonsSchema().optional(),
    data: dataSchema().optional(),
    dashboard: dashboardSchema().optional(),
    metrics: metricsSchema().optional(),
    ...sectionsOf("configSection", strictness),
    plugins: mapOf(anything()).optional(),
  });
}

/** What a client accepts: unknown keys are left to the server in the sections it may extend. */
export const configSchema = lazily(() => makeConfigSchema({ strict: false }));

/** What the server accepts. */
export const strictConfigSchema = lazily(() => makeConfigSchema({ strict: true }));
