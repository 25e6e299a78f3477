// Reads the accelerators a node needs: by name and count, or by memory, and what follows for TPUs.
import { cloudsWith, factsOf } from "../clouds.ts";
import { refuse, type Scope } from "./report.ts";
import type { AcceleratorRequest } from "./task.ts";
import { decimal, gibWithUnit } from "./units.ts";

/** What the catalog knows about accelerators; parsing works without it. */
export interface AcceleratorNames {
  /** The catalog's spelling of a name; undefined when it knows none or several. */
  canonicalAccelerator?(name: string): string | undefined;
  /** Names of the devices with this much memory. */
  acceleratorsWithMemory?(request: MemoryRequest): readonly string[];
}

export interface MemoryRequest {
  readonly memoryGib: number;
  readonly atLeast: boolean;
  /** Lower case; absent: any. */
  readonly manufacturer?: string;
}

export interface AcceleratorChoice {
  /** `list`: in order of preference; `set`: any of them. */
  readonly kind: "set" | "list";
  readonly requests: readonly AcceleratorRequest[];
  /** Made from a request by memory. */
  readonly isFromMemory: boolean;
}

type Written = string | Readonly<Record<string, number | null>> | readonly string[];

/** The alternatives that `accelerators` names; undefined when refused. */
export function readAccelerators(scope: Scope, value: Written, names: AcceleratorNames): AcceleratorChoice | undefined {
  const items = writtenItems(value);
  if (items.length === 0)
    return refuse(scope, "InvalidSkyPilotConfigError", "'accelerators' names none", { hint: "accelerators: H100:8" });
  const requests: AcceleratorRequest[] = [];
  let isFromMemory = false;
  for (const item of items) {
    const read = readItem(scope, item, names);
    if (read === undefined) return undefined;
    requests.push(...read.requests);
    isFromMemory ||= read.isFromMemory;
  }
  return { kind: Array.isArray(value) ? "list" : "set", requests, isFromMemory };
}

/** Each as `name[:count]` text; the same text twice counts once. */
function writtenItems(value: Written): string[] {
  if (typeof value === "string") return [value];
  if (isList(value)) return [...new Set(value)];
  return Object.entries(value).map(([name, count]) => (count === null ? name : `${name}:${count}`));
}

function isList(value: Written): value is readonly string[] {
  return Array.isArray(value);
}

interface ReadItem {
  readonly requests: readonly AcceleratorRequest[];
  readonly isFromMemory: boolean;
}

// SkyPilot's expression lets a line break through at the end; what is behind it then refuses it.
const MEMORY = /^\d+(?:kb|ki|mb|mi|gb|gi|tb|ti|pb|pi)\+?\n?$/i;

function readItem(scope: Scope, text: string, names: AcceleratorNames): ReadItem | undefined {
  const parts = text.split(":");
  const memoryAt = parts.findIndex((part) => MEMORY.test(part));
  if (memoryAt === 0 || memoryAt === 1) return readMemoryItem(scope, text, parts, memoryAt, names);
  if (parts.length === 3) {
    return refuse(scope, "AssertionError", `accelerator '${text}' names a manufacturer without a memory size`, {
      hint: "write NAME:COUNT, or MANUFACTURER:MEMORY:COUNT such as nvidia:40GB:2",
    });
  }
  if (parts.length > 3) return refuse(scope, "ValueError", badForm(text), { hint: FORM_HINT });
  return readNamed(scope, text, parts, names);
}

function readNamed(
  scope: Scope,
  text: string,
  parts: readonly string[],
  names: AcceleratorNames,
): ReadItem | undefined {
  const [written = "", countText] = parts;
  const count = countText === undefined ? 1 : decimal(countText);
  if (count === undefined) return refuse(scope, "ValueError", badForm(text), { hint: FORM_HINT });
  if (count <= 0) {
    return refuse(scope, "ValueError", `accelerator '${written}' must have a count above 0, found ${count}`);
  }
  const name = names.canonicalAccelerator?.(written) ?? written;
  return { requests: [{ name: isTpu(name) ? name.toLowerCase() : name, count }], isFromMemory: false };
}

function readMemoryItem(
  scope: Scope,
  text: string,
  parts: readonly string[],
  memoryAt: number,
  names: AcceleratorNames,
): ReadItem | undefined {
  const memory = memoryOf(parts[memoryAt] ?? "");
  const countText = parts[memoryAt + 1];
  const count = countText === undefined ? 1 : decimal(countText);
  const hint = 'write a memory size in whole GB, such as "40GB", "80GB+" or "nvidia:40GB:2"';
  if (memory === undefined || count === undefined || !Number.isInteger(count) || parts.length > memoryAt + 2) {
    return refuse(scope, "ValueError", `'accelerators' asks for no memory size: '${text}'`, { hint });
  }
  const manufacturer = memoryAt === 1 ? { manufacturer: (parts[0] ?? "").toLowerCase() } : {};
  const found = names.acceleratorsWithMemory?.({ ...memory, ...manufacturer }) ?? [];
  // Kept as written when the catalog knows none (or is not asked): the optimizer then says that nothing fits.
  if (found.length === 0)
    return { requests: [{ name: parts.slice(0, memoryAt + 1).join(":"), count }], isFromMemory: true };
  return { requests: found.map((name) => ({ name, count })), isFromMemory: true };
}

function memoryOf(text: string): { memoryGib: number; atLeast: boolean } | undefined {
  const atLeast = text.endsWith("+");
  const memoryGib = gibWithUnit(atLeast ? text.slice(0, -1) : text);
  return memoryGib === undefined || !Number.isInteger(memoryGib) ? undefined : { memoryGib, atLeast };
}

const FORM_HINT = "accelerators: H100, or accelerators: H100:8";

function badForm(text: string): string {
  return `'accelerators' is neither <name> nor <name>:<count>: '${text}'`;
}

export function isTpu(name: string): boolean {
  return name.toLowerCase().includes("tpu-");
}

/** TPUs by the names that Google's Kubernetes gives to slices of them. */
const TPU_SLICES: ReadonlySet<string> = new Set([
  "tpu-v4-podslice",
  "tpu-v5-lite-device",
  "tpu-v5-lite-podslice",
  "tpu-v5p-slice",
  "tpu-v6e-slice",
]);

export function isTpuSlice(name: string): boolean {
  return TPU_SLICES.has(name.toLowerCase());
}

/** Arguments of a TPU with what SkyPilot fills in; only GCP's own TPUs have a runtime to choose. */
export function tpuArguments(
  name: string,
  cloud: string,
  written: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  if (factsOf(cloud)?.tpus !== "machines" || written["runtime_version"] !== undefined) return written;
  return { ...written, runtime_version: tpuRuntime(name, written["tpu_vm"] !== false) };
}

function tpuRuntime(name: string, isVm: boolean): string {
  if (!isVm) return "2.12.0";
  if (name.startsWith("tpu-v5")) return "v2-alpha-tpuv5";
  if (name.startsWith("tpu-v6e")) return "v2-alpha-tpuv6e";
  return "tpu-vm-base";
}

/** Clouds that have TPUs. */
export const tpuClouds = cloudsWith(({ tpus }) => tpus !== null);

/** The cloud whose TPUs are of this form. */
export function tpuCloud(form: "machines" | "slices"): string {
  return cloudsWith(({ tpus }) => tpus === form)[0] ?? "";
}
