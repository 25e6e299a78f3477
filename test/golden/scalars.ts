// Runs cases of single values: infra strings, numbers with units, names of clusters.
import { z } from "zod";
import { isClusterName } from "#shared/cluster-name.ts";
import { nameOnCloud } from "#shared/name-on-cloud.ts";
import { displayInfra, formatInfra, parseInfra } from "#shared/task/infra.ts";
import { formatPortRanges, parsePortRange } from "#shared/task/port-ranges.ts";
import { memoryText, minutes } from "#shared/task/units.ts";
import { compare, type Outcome } from "./outcome.ts";

const scalarCases = z.object({
  infra: z.array(z.looseObject({ in: z.string().nullable() })).default([]),
  units: z.array(z.looseObject({ fn: z.string(), in: z.unknown(), kw: z.record(z.string(), z.unknown()).optional() })).default([]),
  names: z.array(z.looseObject({ fn: z.string(), name: z.string() })).default([]),
});

export function runScalars(content: unknown): Outcome[] {
  const cases = scalarCases.parse(content);
  return [...cases.infra.map(runInfra), ...cases.units.map(runUnit), ...cases.names.map(runName)];
}

const REFUSED = { error_class: "ValueError" };

function runInfra(one: { readonly in: string | null }): Outcome {
  const { in: text, ...expected } = one;
  return compare(`infra ${JSON.stringify(text)}`, expected, infraFacts(text));
}

function infraFacts(text: string | null): unknown {
  const infra = parseInfra(text ?? "");
  if ("reason" in infra) return REFUSED;
  return {
    cloud: infra.cloud ?? null,
    region: infra.region ?? null,
    zone: infra.zone ?? null,
    to_str: formatInfra(infra) ?? null,
    formatted: displayInfra(infra),
  };
}

type Unit = { readonly fn: string; readonly in?: unknown; readonly kw?: Readonly<Record<string, unknown>> | undefined };

function runUnit(one: Unit): Outcome {
  const { fn, in: input, kw, ...expected } = one;
  return compare(`${fn} ${JSON.stringify(input)} ${JSON.stringify(kw ?? {})}`, expected, unitFacts(one));
}

function unitFacts({ fn, in: input, kw }: Unit): unknown {
  if (fn.startsWith("port_ranges")) return portFacts(input);
  if (fn === "simplify_ports" || fn === "port_set_to_ranges") return rangeFacts(input);
  if (fn === "parse_time_minutes") return orRefused(minutes(String(input)));
  return orRefused(memoryFacts(String(input), kw ?? {}));
}

function orRefused(out: unknown): unknown {
  return out === undefined ? REFUSED : { out };
}

function portFacts(input: unknown): { readonly out: readonly number[]; readonly simplified: readonly string[] } | typeof REFUSED {
  const ranges = [input].flat().map((item) => parsePortRange(String(item)));
  const read = ranges.flatMap((range) => ("reason" in range ? [] : [range]));
  if (read.length < ranges.length) return REFUSED;
  const ports = new Set(read.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, index) => from + index)));
  return { out: [...ports].sort((a, b) => a - b), simplified: formatPortRanges(read) };
}

function rangeFacts(input: unknown): unknown {
  const facts = portFacts(input);
  return "simplified" in facts ? { out: facts.simplified } : facts;
}

function memoryFacts(text: string, kw: Readonly<Record<string, unknown>>): string | undefined {
  const isWhole = kw["ret_type"] !== "float";
  return memoryText(text, { isWhole, isRounding: kw["allow_rounding"] === true, allowPlus: kw["allow_plus"] === true, allowX: kw["allow_x"] === true });
}

type Name = { readonly fn: string; readonly name: string; readonly [key: string]: unknown };

function runName(one: Name): Outcome {
  const { fn, name, max_length: lengthMax, user_hash: userHash, ...expected } = one;
  if (fn === "name_on_cloud") {
    const limit = typeof lengthMax === "number" ? lengthMax : null;
    return compare(`${fn} ${name}`, expected, { out: nameOnCloud(name, { lengthMax: limit, userHash: String(userHash) }) });
  }
  const ok = isClusterName(name);
  return compare(`${fn} ${name}`, expected, ok ? { ok } : { ok, error_class: "InvalidClusterNameError" });
}
