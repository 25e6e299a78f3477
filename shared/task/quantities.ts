// Reads how much of something a node needs: vCPUs, memory, disk, local disk.
import { pythonStrip } from "../yaml/python-text.ts";
import { refuse, textAt, type Scope } from "./report.ts";
import type { LocalDisk, MemoryQuantity, Quantity } from "./task.ts";
import { decimal, memoryText, wholeGib } from "./units.ts";

/** vCPUs: "4" or "4+". */
export function readCpus(scope: Scope, value: string | number): Quantity | undefined {
  const text = textAt(scope, value);
  const atLeast = text.endsWith("+");
  const count = decimal(atLeast ? text.slice(0, -1) : text);
  if (count === undefined)
    return refuse(scope, "ValueError", notNumber("cpus", text), { hint: "cpus: 4, or cpus: 4+" });
  if (count <= 0) return refuse(scope, "ValueError", notPositive("cpus", text));
  return { value: count, atLeast, text };
}

/** Memory in GiB: "16", "16+", "16GB", or "4x" for GiB a vCPU. `zeroAllowed`: Slurm reads 0 as all of it. */
export function readMemory(
  scope: Scope,
  value: string | number,
  options: { readonly zeroAllowed: boolean },
): MemoryQuantity | undefined {
  const written = textAt(scope, value);
  const text = memoryText(written, { isWhole: false, allowPlus: true, allowX: true });
  if (text === undefined) {
    return refuse(scope, "ValueError", `'memory' is no number of GiB: '${written}'`, {
      hint: 'write memory: 16, "<number><unit>" such as "16GB", or "<number>+" for at least',
    });
  }
  const match = /^(.*?)([+x]?)$/s.exec(text);
  const amount = decimal(match?.[1] ?? "");
  if (amount === undefined)
    return refuse(scope, "ValueError", notNumber("memory", text), { hint: "memory: 16, 16+, 16GB, or 4x" });
  if (amount < 0 || (amount === 0 && !options.zeroAllowed)) {
    return refuse(scope, "ValueError", notPositive("memory", text));
  }
  const perCpu = match?.[2] === "x";
  return { value: amount, atLeast: match?.[2] === "+" || perCpu, perCpu, text };
}

/** Disk in GB, read as whole GiB. 256 is what one gets without asking, so it counts as not asked. */
export function readDiskSize(scope: Scope, value: string | number): number | undefined {
  const text = textAt(scope, value);
  const size = wholeGib(text);
  if (size === undefined) {
    return refuse(scope, "ValueError", `'disk_size' is no whole number of GB: '${text}'`, {
      hint: 'write "16", or "<number><unit>" such as "16GB"',
    });
  }
  if (size <= 0) return refuse(scope, "ValueError", notPositive("disk_size", text));
  return size === DISK_SIZE_DEFAULT_GIB ? undefined : size;
}

export const DISK_SIZE_DEFAULT_GIB = 256;

// A mode without a size asks for the smallest disk worth having.
const LOCAL_DISK_MIN_GB = 100;

/** Disk inside the machine: "nvme", "500+" (nvme) or "ssd:500". */
export function readLocalDisk(scope: Scope, text: string): LocalDisk | undefined {
  const lower = pythonStrip(text).toLowerCase();
  const parts = lower.split(":");
  const hint = 'write "mode:size[+]", "mode" or "size[+]", as in "nvme:1000+", "ssd:500", "nvme", "1000+"';
  if (parts.length > 2) return refuse(scope, "ValueError", `'${lower}' is no local disk`, { hint });
  const [first = "", second] = parts;
  if (second === undefined && isMode(first)) {
    return { mode: first, sizeGb: { value: LOCAL_DISK_MIN_GB, atLeast: true, text: `${LOCAL_DISK_MIN_GB}+` } };
  }
  const mode = second === undefined ? "nvme" : first;
  if (!isMode(mode))
    return refuse(scope, "ValueError", `'${mode}' is no kind of local disk: there are 'nvme' and 'ssd'`, { hint });
  const sizeText = second ?? first;
  const atLeast = sizeText.endsWith("+");
  const size = decimal(atLeast ? sizeText.slice(0, -1) : sizeText);
  if (size === undefined || size <= 0) return refuse(scope, "ValueError", `'${lower}' is no local disk`, { hint });
  return { mode, sizeGb: { value: size, atLeast, text: sizeText } };
}

function isMode(text: string): text is LocalDisk["mode"] {
  return text === "nvme" || text === "ssd";
}

function notNumber(key: string, text: string): string {
  return `'${key}' is neither a number nor '<number>+': '${text}'`;
}

function notPositive(key: string, text: string): string {
  return `'${key}' must be more than 0, found '${text}'`;
}
