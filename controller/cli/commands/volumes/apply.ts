// `volumes apply`
import { defineCommand, words } from "#controller/cli/frame/define-command.ts";
import { choice, openFlag, text } from "#controller/cli/frame/define-option.ts";
import { config, detach, yes } from "#controller/cli/frame/options/general-options.ts";

export const volumesApply = defineCommand({
  path: "volumes apply",
  summary: "Create a volume, or change one",
  args: { entrypoint: words("ENTRYPOINT", "file") },
  options: {
    config,
    name: text("--name -n", "Name of the volume"),
    infra: text("--infra", "Where it lives: k8s[/context], runpod/region/zone"),
    type: choice("--type", ["k8s-pvc", "k8s-hostpath", "runpod-network-volume"], "Kind of volume"),
    size: text("--size", "Size: 100Gi, 1Ti"),
    useExisting: openFlag("--use-existing / --no-use-existing", "Take over a volume that is already there"),
    yes,
    detach,
  },
  examples: [
    { words: "volumes apply volume.yaml", does: "create the volume a file describes" },
    { words: "volumes apply -n data --type k8s-pvc --infra k8s --size 100Gi", does: "create one from flags" },
  ],
  planned: "volumes",
});
