// The config's `workspaces`: who may use which cloud, and how, in each of them.
import { closed, exactWord, flag, listOf, mapOf, text } from "../../schema/shapes.ts";
import { CLOUDS } from "../../task/schema/words.ts";
import {
  allOrNames,
  capabilities,
  identityByContext,
  identityWord,
  kueue,
  nameByCluster,
  openForClients,
  queueQuota,
  type Strictness,
} from "./parts.ts";
import { workspaceSlurmSchema } from "./slurm.ts";

/** Stores without machines; a workspace may switch them off like a cloud. */
export const STORAGE_CLOUDS = ["cloudflare", "coreweave", "vastdata", "huggingface"] as const;

const WITH_SECTION = new Set<string>(["gcp", "aws", "ssh", "kubernetes", "slurm", "nebius"]);

export const READ_ACCESS = ["allowed_users", "all"] as const;

export function workspacesSchema(strictness: Strictness) {
  return mapOf(
    closed({
      private: flag().optional(),
      allowed_users: listOf(text()).optional(),
      read_access: exactWord(READ_ACCESS).optional(),
      gcp: closed({
        project_id: text().optional(),
        disabled: flag().optional(),
        capabilities: capabilities().optional(),
        remote_identity: identityWord().optional(),
      }).optional(),
      aws: closed({
        profile: text().optional(),
        disabled: flag().optional(),
        capabilities: capabilities().optional(),
        remote_identity: nameByCluster().optional(),
      }).optional(),
      ssh: closed({ allowed_node_pools: listOf(text()).optional(), disabled: flag().optional() }).optional(),
      kubernetes: kubernetesOfWorkspace(strictness).optional(),
      slurm: workspaceSlurmSchema().optional(),
      nebius: closed({
        credentials_file_path: text().optional(),
        tenant_id: text().optional(),
        domain: text().optional(),
        disabled: flag().optional(),
      }).optional(),
      ...switchableClouds(),
    }),
  );
}

function kubernetesOfWorkspace(strictness: Strictness) {
  return openForClients(
    {
      allowed_contexts: allOrNames().optional(),
      disabled: flag().optional(),
      namespace: text().optional(),
      kueue: kueue().optional(),
      quota: queueQuota().optional(),
      context_configs: mapOf(
        openForClients(
          {
            namespace: text().optional(),
            kueue: closed({ local_queue_name: text().optional() }).optional(),
            quota: queueQuota().optional(),
            remote_identity: identityByContext().optional(),
          },
          strictness,
        ),
      ).optional(),
      remote_identity: identityByContext().optional(),
    },
    strictness,
  );
}

function switchableClouds() {
  const names = [...CLOUDS, ...STORAGE_CLOUDS].filter((cloud) => !WITH_SECTION.has(cloud));
  const section = () => closed({ disabled: flag().optional() }).optional();
  return Object.fromEntries(names.map((cloud) => [cloud, section()]));
}
