// Reads the file of a volume: what `volumes apply` makes. The name on the cloud is made elsewhere.
import { cloudsWith, factsOf } from "../clouds.ts";
import { volumeSchema, VOLUME_TYPES } from "./schema/volume.ts";
import { readYaml } from "../yaml/document.ts";
import { plainText, pythonRepr } from "../yaml/python-text.ts";
import { parseInfra } from "./infra.ts";
import type { Problem } from "./problem.ts";
import { checked, newReport, placedProblem, refuse, SCHEMA_ERROR, within, type Scope } from "./report.ts";
import { compact, withoutNulls } from "./compact.ts";
import { wholeGib } from "./units.ts";

export type VolumeType = (typeof VOLUME_TYPES)[number];

export interface VolumeSpec {
  readonly name: string;
  readonly type: VolumeType;
  /** As written; absent: the cloud of the type, wherever it is. */
  readonly infra?: string;
  readonly cloud: string;
  readonly region?: string;
  readonly zone?: string;
  /** Whole GiB; absent for a path of the host, and for an existing one that was not measured. */
  readonly sizeGib?: number;
  readonly useExisting?: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly config: Readonly<Record<string, unknown>>;
}

export type ParsedVolume =
  | { readonly ok: true; readonly volume: VolumeSpec }
  | { readonly ok: false; readonly problems: readonly Problem[] };

function cloudOfType(type: VolumeType): string {
  return cloudsWith(({ volumeTypes }) => volumeTypes.includes(type))[0] ?? "";
}

/** Volumes that are objects of a pod's cluster, and named and labelled like them. */
function isOfPods(type: VolumeType): boolean {
  return type.startsWith("k8s-");
}

/** The text of a volume file. Never throws. */
export function parseVolume(text: string): ParsedVolume {
  const report = newReport(text);
  const file = readYaml(text);
  if (!file.ok) {
    return {
      ok: false,
      problems: file.faults.map((fault) => placedProblem(report, fault, fault.class, fault.message, fault.hint)),
    };
  }
  const [document] = file.documents;
  const nothing = { value: null, placeOf: () => ({ line: 1, column: 1 }), textOf: () => undefined };
  const volume = readVolume({ report, document: document ?? nothing, path: [] });
  return volume === undefined ? { ok: false, problems: report.problems } : { ok: true, volume };
}

function readVolume(scope: Scope): VolumeSpec | undefined {
  const { value } = scope.document;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return refuse(
      scope,
      SCHEMA_ERROR,
      `a volume file is a mapping of keys to values, and this is ${pythonRepr(value).slice(0, 60)}`,
    );
  }
  const written = withoutNulls({ ...value });
  if (checkType(scope, written["type"]) === undefined) return undefined;
  const keys = checked(scope, "volume", volumeSchema(), written);
  const type = VOLUME_TYPES.find((each) => each === keys?.type);
  if (keys === undefined || type === undefined) return undefined;
  const before = scope.report.problems.length;
  const place = readPlace(scope, type, keys.infra);
  checkName(scope, type, keys.name);
  const sizeGib = readSize(scope, type, { size: keys.size, useExisting: keys.use_existing === true });
  checkLabels(scope, type, keys.labels ?? {});
  if (type === "k8s-hostpath") checkHostPath(within(scope, "config", "host_path"), keys.config?.host_path);
  if (type === "runpod-network-volume" && place.zone === undefined) {
    refuse(within(scope, "infra"), "ValueError", "a RunPod volume needs a data center", {
      hint: `infra: ${cloudOfType(type)}/CA/CA-MTL-1`,
    });
  }
  if (scope.report.problems.length > before) return undefined;
  return compact({
    name: keys.name,
    type,
    infra: keys.infra,
    cloud: cloudOfType(type),
    region: place.region,
    zone: place.zone,
    sizeGib,
    useExisting: keys.use_existing,
    labels: keys.labels ?? {},
    config: withoutNulls(keys.config ?? {}),
  });
}

/** The type decides what the other keys mean, so it is judged before them. */
function checkType(scope: Scope, type: unknown): VolumeType | undefined {
  const known = VOLUME_TYPES.find((each) => each === type);
  if (known !== undefined) return known;
  return refuse(
    within(scope, "type"),
    "ValueError",
    `volume type ${type === undefined ? "is missing" : `'${plainText(type)}' is not known`}`,
    {
      hint: `type: ${VOLUME_TYPES.join(", ")}`,
    },
  );
}

function readPlace(
  scope: Scope,
  type: VolumeType,
  infra: string | undefined,
): { readonly region?: string; readonly zone?: string } {
  const place = infra === undefined ? {} : parseInfra(infra);
  if ("reason" in place) {
    refuse(within(scope, "infra"), "ValueError", place.reason);
    return {};
  }
  if (place.cloud !== undefined && place.cloud !== cloudOfType(type)) {
    refuse(within(scope, "infra"), "ValueError", `cloud ${place.cloud} has no volumes of type ${type}`, {
      hint: `infra: ${cloudOfType(type)}`,
    });
  }
  return place;
}

// SkyPilot writes the name into pods as that of one of their volumes, which is a label of at most so many letters.
const KUBERNETES_NAME_MAX = 63;
// RunPod cuts longer names.
const RUNPOD_NAME_MAX = 30;
const RUNPOD_SIZE_MIN_GIB = 10;
const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

function checkName(scope: Scope, type: VolumeType, name: string): void {
  const place = within(scope, "name");
  if (name === "") refuse(place, "ValueError", "a volume needs a name", { hint: "name: my-volume" });
  else if (isOfPods(type) && name.length > KUBERNETES_NAME_MAX) {
    refuse(
      place,
      "ValueError",
      `'${name}' has ${name.length} letters, and a volume of Kubernetes at most ${KUBERNETES_NAME_MAX}`,
      { hint: "shorten it" },
    );
  } else if (isOfPods(type) && !DNS_SUBDOMAIN.test(name)) {
    refuse(place, "ValueError", `'${name}' cannot name a volume of Kubernetes`, {
      hint: 'lower-case letters, digits, "-" and ".", with a letter or digit at both ends',
    });
  } else if (type === "runpod-network-volume" && name.length > RUNPOD_NAME_MAX) {
    refuse(place, "ValueError", `'${name}' has more than ${RUNPOD_NAME_MAX} letters`, { hint: "shorten it" });
  }
}

/** Whole GiB, rounded down: 1500MB is 1. */
function readSize(
  scope: Scope,
  type: VolumeType,
  written: { readonly size: string | undefined; readonly useExisting: boolean },
): number | undefined {
  const place = within(scope, "size");
  if (written.size === undefined) {
    if (written.useExisting || type === "k8s-hostpath") return undefined;
    return refuse(place, "ValueError", "a new volume needs a size", { hint: 'size: "10Gi", or use_existing: true' });
  }
  const size = wholeGib(written.size, { isRounding: true }) ?? 0;
  if (size < 1) return refuse(place, "ValueError", `size ${written.size} is less than 1Gi`, { hint: 'size: "1Gi"' });
  if (type === "runpod-network-volume" && size < RUNPOD_SIZE_MIN_GIB) {
    return refuse(
      place,
      "ValueError",
      `size '${written.size}' is less than the ${RUNPOD_SIZE_MIN_GIB}GB RunPod gives at least`,
    );
  }
  return size;
}

const LABEL_VALUE = /^(?:[a-zA-Z0-9](?:[-_.a-zA-Z0-9]{0,61}[a-zA-Z0-9])?)?$/;
const LABEL_NAME = /^(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?\/)?[a-zA-Z0-9](?:[-_.a-zA-Z0-9]{0,61}[a-zA-Z0-9])?$/;

function checkLabels(scope: Scope, type: VolumeType, labels: Readonly<Record<string, string>>): void {
  if (!isOfPods(type)) return;
  for (const [key, value] of Object.entries(labels)) {
    const place = within(scope, "labels", key);
    const hint = "letters, digits, '-', '_' and '.', at most 63 of them";
    if (!LABEL_NAME.test(key))
      refuse(place, "ValueError", `label key '${key}' is none that Kubernetes takes`, { at: "key", hint });
    else if (!LABEL_VALUE.test(value))
      refuse(place, "ValueError", `label value '${value}' is none that Kubernetes takes`, { hint });
  }
}

function checkHostPath(scope: Scope, path: string | undefined): void {
  if (path === undefined || path === "") {
    refuse(scope, "ValueError", "a volume of type k8s-hostpath needs config.host_path", {
      hint: "config: {host_path: /data}",
    });
  } else if (!path.startsWith("/")) {
    refuse(scope, "ValueError", `host_path '${path}' must begin with '/'`, { hint: `host_path: /${path}` });
  } else if (isRoot(path)) {
    refuse(scope, "ValueError", `host_path '${path}' leads to the root folder`, { hint: "name a folder below it" });
  }
}

function isRoot(path: string): boolean {
  const kept: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") kept.pop();
    else if (part !== "" && part !== ".") kept.push(part);
  }
  return kept.length === 0;
}

/** The volume in SkyPilot's words. */
export function skypilotVolumeFile(volume: VolumeSpec): Record<string, unknown> {
  return compact({
    name: volume.name,
    type: volume.type,
    infra: volume.infra,
    size: volume.sizeGib === undefined ? undefined : String(volume.sizeGib),
    labels: Object.keys(volume.labels).length === 0 ? undefined : volume.labels,
    use_existing: volume.useExisting,
    config: Object.keys(volume.config).length === 0 ? undefined : volume.config,
    // A cloud that was named stays as named; one that follows from the type has its display name.
    cloud: volume.infra === undefined ? (factsOf(volume.cloud)?.title ?? volume.cloud) : volume.cloud,
    region: volume.region,
    zone: volume.zone,
  });
}
