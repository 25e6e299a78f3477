// What this machine offers: its processors, memory and graphics processors, or what variables declare.
import { availableParallelism, totalmem } from "node:os";
import type { OwnOffer } from "../contract/place.ts";
import { LOCAL_REGION, LOCAL_TYPE, manifest } from "./manifest.ts";

export interface Devices {
  readonly name: string;
  readonly count: number;
  /** Only counted: they were declared, not found. */
  readonly virtual: boolean;
}

/** STIX_LOCAL_ACCELERATORS=V100:4 (several by comma) declares devices; otherwise nvidia-smi is asked. */
export async function findDevices(
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<Devices[]> {
  const declared = env["STIX_LOCAL_ACCELERATORS"];
  if (declared !== undefined && declared.trim() !== "") return parseDeclared(declared);
  const tool = Bun.which("nvidia-smi", { PATH: env["PATH"] ?? "" });
  if (tool === null) return [];
  const child = Bun.spawn([tool, "--query-gpu=name", "--format=csv,noheader"], {
    stdio: ["ignore", "pipe", "ignore"],
    signal,
    timeout: 5_000,
  });
  const text = await new Response(child.stdout).text();
  return (await child.exited) === 0 ? countNames(text.split("\n")) : [];
}

/** What each node may be given at most. Nodes share the machine, so several of them may ask for more than there is. */
export interface MachineSize {
  readonly cpus: number;
  readonly memoryGib: number;
  readonly nodesMax: number;
}

/** An agent and the processes of a small job. */
const NODE_MEMORY_GIB = 0.125;
/** Past this the loopback addresses and the processes of one machine are not worth having. */
const NODES_MOST = 256;

/** STIX_LOCAL_CPUS, STIX_LOCAL_MEMORY (GB) and STIX_LOCAL_NODES declare another size than the machine's. */
export function machineSize(
  env: Readonly<Record<string, string | undefined>>,
  found: { readonly cpus: number; readonly memoryBytes: number },
): MachineSize {
  const memoryGib = Math.round((found.memoryBytes / 2 ** 30) * 10) / 10;
  return {
    cpus: declared(env["STIX_LOCAL_CPUS"]) ?? found.cpus,
    memoryGib: declared(env["STIX_LOCAL_MEMORY"]) ?? memoryGib,
    nodesMax:
      declared(env["STIX_LOCAL_NODES"]) ?? Math.min(NODES_MOST, Math.max(1, Math.floor(memoryGib / NODE_MEMORY_GIB))),
  };
}

/** The size of this machine, by its kernel. */
export function foundSize(): { readonly cpus: number; readonly memoryBytes: number } {
  return { cpus: availableParallelism(), memoryBytes: totalmem() };
}

function declared(text: string | undefined): number | undefined {
  const value = Number(text);
  return text !== undefined && text.trim() !== "" && value > 0 && Number.isFinite(value) ? value : undefined;
}

/** One offer for each kind of device, or one without any. Prices are 0: the machine is there anyway. */
export function localOffers(devices: readonly Devices[], size: MachineSize): OwnOffer[] {
  const machine = {
    cloud: manifest.id,
    region: LOCAL_REGION,
    zone: null,
    instanceType: LOCAL_TYPE,
    ...size,
    declare:
      "STIX_LOCAL_CPUS, STIX_LOCAL_MEMORY, STIX_LOCAL_NODES and STIX_LOCAL_ACCELERATORS, set when the server starts, declare more",
    priceUsdPerHour: 0,
  };
  if (devices.length === 0) return [{ ...machine, accelerator: null, virtual: false }];
  return devices.map(({ name, count, virtual }) => ({ ...machine, accelerator: { name, count }, virtual }));
}

function parseDeclared(text: string): Devices[] {
  return text.split(",").flatMap((part) => {
    const [name = "", count = "1"] = part.trim().split(":");
    return name === "" || !(Number(count) > 0) ? [] : [{ name, count: Number(count), virtual: true }];
  });
}

function countNames(lines: readonly string[]): Devices[] {
  const counts = new Map<string, number>();
  for (const line of lines) {
    const name = acceleratorName(line.trim());
    if (name !== "") counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([name, count]) => ({ name, count, virtual: false }));
}

/**
 * The catalog's name for what nvidia-smi prints: "NVIDIA A100-SXM4-80GB" is A100-80GB, "Tesla V100-SXM2-16GB" is V100,
 * "NVIDIA GeForce RTX 4090" is RTX4090, "NVIDIA RTX A6000" is RTXA6000 in older drivers' words and A6000 in the catalog.
 */
export function acceleratorName(product: string): string {
  const words = product.replace(/^NVIDIA\s+/i, "").replace(/^(Tesla|Quadro|GeForce|GRID)\s+/i, "");
  const model = /^(?:RTX\s+)?(A\d{4}|6000 Ada|5000 Ada|4000 Ada)/.exec(words)?.[1];
  if (model !== undefined) return model.startsWith("A") ? model : `RTX${model.replace(/\s+/g, "-")}`;
  const consumer = /^(RTX|GTX)\s+(\d{4})\s*(Ti|SUPER)?/i.exec(words);
  if (consumer !== null) return `${consumer[1]}${consumer[2]}${consumer[3] === undefined ? "" : `-${consumer[3]}`}`;
  const first = /^[A-Z]+\d+[A-Z]*/i.exec(words)?.[0]?.toUpperCase() ?? words.replace(/\s+/g, "-");
  return first === "A100" && /80\s?GB/i.test(words) ? "A100-80GB" : first;
}
