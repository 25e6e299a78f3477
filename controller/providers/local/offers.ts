// What this machine offers: its processors, memory and graphics processors, or those that a variable declares.
import { availableParallelism, totalmem } from "node:os";
import type { OwnOffer } from "../contract/provider.ts";
import { LOCAL_REGION, LOCAL_TYPE, manifest } from "./manifest.ts";

export interface Devices {
  readonly name: string;
  readonly count: number;
  /** Only counted: they were declared, not found. */
  readonly virtual: boolean;
}

/** STIX_LOCAL_ACCELERATORS=V100:4 (several by comma) declares devices; otherwise nvidia-smi is asked. */
export async function findDevices(env: Readonly<Record<string, string | undefined>>, signal: AbortSignal): Promise<Devices[]> {
  const declared = env["STIX_LOCAL_ACCELERATORS"];
  if (declared !== undefined && declared.trim() !== "") return parseDeclared(declared);
  const tool = Bun.which("nvidia-smi", { PATH: env["PATH"] ?? "" });
  if (tool === null) return [];
  const child = Bun.spawn([tool, "--query-gpu=name", "--format=csv,noheader"], { stdio: ["ignore", "pipe", "ignore"], signal, timeout: 5_000 });
  const text = await new Response(child.stdout).text();
  return (await child.exited) === 0 ? countNames(text.split("\n")) : [];
}

/** One offer for each kind of device, or one without any. Prices are 0: the machine is there anyway. */
export function localOffers(devices: readonly Devices[]): OwnOffer[] {
  const machine = {
    cloud: manifest.id,
    region: LOCAL_REGION,
    zone: null,
    instanceType: LOCAL_TYPE,
    cpus: availableParallelism(),
    memoryGib: Math.round((totalmem() / 2 ** 30) * 10) / 10,
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
