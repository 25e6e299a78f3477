// The keys of the config that one task may set for itself, in its `config` section.
import { anything, closed, exactWord, flag, integer, listOf, listOfUnique, mapOf, text } from "../../schema/shapes.ts";
import {
  dockerInPods,
  dws,
  identityByContext,
  instanceGroup,
  kueue,
  nameByCluster,
  namesOrNothing,
  networkName,
  openForClients,
  podConfig,
  podLimits,
  podMetadata,
  queueQuota,
  sbatchOptions,
  slurmQuota,
  textOrNothing,
  textOrTexts,
  type Strictness,
} from "./parts.ts";

export const HOOK_EVENTS = ["stop", "preemption", "down"] as const;

export function taskConfigSchema(strictness: Strictness) {
  return openForClients(
    {
      docker: closed({ run_options: textOrTexts().optional() }).optional(),
      nvidia_gpus: closed({ disable_ecc: flag().optional() }).optional(),
      active_workspace: text().optional(),
      gcp: closed({
        managed_instance_group: instanceGroup().optional(),
        enable_gvnic: flag().optional(),
        enable_gpu_direct: flag().optional(),
        placement_policy: text().optional(),
        vpc_name: networkName().optional(),
        subnet_names: namesOrNothing().optional(),
      }).optional(),
      azure: closed({ vpc_name: textOrNothing().optional(), remote_identity: nameByCluster().optional() }).optional(),
      kubernetes: openForClients(
        {
          pod_config: podConfig().optional(),
          provision_timeout: integer().optional(),
          custom_metadata: podMetadata().optional(),
          kueue: kueue().optional(),
          quota: queueQuota().optional(),
          dws: dws().optional(),
          remote_identity: identityByContext().optional(),
          set_pod_resource_limits: podLimits().optional(),
          enable_docker: dockerInPods().optional(),
        },
        strictness,
      ).optional(),
      ssh: closed({
        pod_config: podConfig().optional(),
        provision_timeout: integer().optional(),
        custom_metadata: podMetadata().optional(),
      }).optional(),
      slurm: openForClients(
        {
          sbatch_options: sbatchOptions().optional(),
          quota: slurmQuota().optional(),
          cpu_partition: text().optional(),
        },
        strictness,
      ).optional(),
      vast: closed({
        datacenter_only: flag().optional(),
        create_instance_kwargs: mapOf(anything()).optional(),
      }).optional(),
      hooks: listOf(hookSchema()).max(32).optional(),
    },
    strictness,
  );
}

function hookSchema() {
  return closed({
    run: text().min(1).max(16_384),
    events: listOfUnique(exactWord(HOOK_EVENTS)).min(1).optional(),
    timeout: integer().min(1).optional(),
  });
}
