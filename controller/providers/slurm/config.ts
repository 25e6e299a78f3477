// The sections of the config for slurm. scripts/gen copies them to where configs are read, so only shapes and parts are imported.
import { closed, either, exactWord, flag, integer, mapOf, text, textLike } from "#shared/schema/shapes.ts";
import {
  allOrNames,
  identityWord,
  openForClients,
  pricing,
  sbatchOptions,
  slurmQuota,
  textOrTexts,
  type Strictness,
} from "#shared/config/schema/parts.ts";

/** In the config of a server or a client. */
export function configSection(strictness: Strictness) {
  return openForClients(
    {
      allowed_clusters: allOrNames().optional(),
      provision_timeout: integer().optional(),
      submit_as_user: flag().optional(),
      username_map: usernames().optional(),
      pricing: pricing().optional(),
      sbatch_options: sbatchOptions().optional(),
      quota: slurmQuota().optional(),
      gpu_partition_map: mapOf(textOrTexts()).optional(),
      cpu_partition: text().optional(),
      container_mounts: containerMounts().optional(),
      prometheus: closed({ url: text().optional(), via: text().optional() }).optional(),
      cluster_configs: mapOf(clusterSchema(strictness)).optional(),
      remote_identity: identityWord().optional(),
    },
    strictness,
  );
}

/** What a workspace may set. */
export function workspaceSection() {
  const limits = { sbatch_options: sbatchOptions().optional(), quota: slurmQuota().optional() };
  return closed({
    disabled: flag().optional(),
    allowed_clusters: allOrNames().optional(),
    ...limits,
    cluster_configs: mapOf(closed({ ...limits, partition_configs: mapOf(closed(limits)).optional() })).optional(),
  });
}

/** What one task may set. */
export function taskSection(strictness: Strictness) {
  return openForClients(
    {
      sbatch_options: sbatchOptions().optional(),
      quota: slurmQuota().optional(),
      cpu_partition: text().optional(),
    },
    strictness,
  );
}

function clusterSchema(strictness: Strictness) {
  return openForClients(
    {
      workdir: text().optional(),
      tmpdir: text().optional(),
      submit_as_user: flag().optional(),
      username_map: usernames().optional(),
      prometheus: closed({
        url: text().optional(),
        filter: mapOf(text()).optional(),
        via: text().optional(),
      }).optional(),
      prometheus_url: text().optional(),
      pricing: pricing().optional(),
      sbatch_options: sbatchOptions().optional(),
      quota: slurmQuota().optional(),
      gpu_partition_map: mapOf(textOrTexts()).optional(),
      cpu_partition: text().optional(),
      container_mounts: containerMounts().optional(),
      partition_configs: mapOf(
        closed({
          pricing: pricing().optional(),
          sbatch_options: sbatchOptions().optional(),
          quota: slurmQuota().optional(),
        }),
      ).optional(),
    },
    strictness,
  );
}

function usernames() {
  return mapOf(textLike(/^[a-z_][a-z0-9_.-]*$/), { keyMinLength: 1 });
}

function containerMounts() {
  return mapOf(either(text(), closed({ host_path: text(), mode: exactWord(["ro", "rw"]).optional() })));
}
