// `gpus list`: the accelerators there are, and the offers of one of them by price.
import { StixError } from "#shared/errors/stix-error.ts";
import type { Connection } from "#controller/sdk/connection.ts";
import { entries, list } from "#controller/sdk/read.ts";
import { ask } from "#controller/sdk/requests.ts";
import type { CliContext } from "#controller/cli/frame/context.ts";
import { printJson, tableStyle } from "#controller/cli/print/answer.ts";
import { renderTable } from "#controller/cli/print/table.ts";
import { countTables, isTpu, offerColumns, offerColumnsWithRegion, quantity } from "./gpu-columns.ts";

export interface GpuOptions {
  readonly config: readonly string[];
  readonly all: boolean;
  readonly infra: string | undefined;
  readonly cloud: string | undefined;
  readonly region: string | undefined;
  readonly allRegions: boolean;
  readonly verbose: boolean;
  readonly output: "table" | "json";
}

/** A row of /list_accelerators: an array of ten in this order. */
interface OfferRow {
  readonly cloud: string;
  readonly instanceType: string | undefined;
  readonly accelerator: string;
  readonly count: number;
  readonly vcpus: number | undefined;
  readonly deviceMemory: number | undefined;
  readonly memory: number | undefined;
  readonly price: number | undefined;
  readonly spotPrice: number | undefined;
  readonly region: string;
}

export async function printGpus(context: CliContext, wanted: string | undefined, options: GpuOptions): Promise<number> {
  const { name, count } = wish(wanted);
  const place = placeOf(options);
  check(name, place.region, options);
  const connection = await context.connect({ config: options.config });
  const clouds = place.cloud === undefined ? null : [place.cloud];
  if (name === undefined && !options.all && options.output === "table") {
    const counts = entries(
      await ask(connection, "list_accelerator_counts", {
        gpus_only: false,
        name_filter: null,
        region_filter: place.region ?? null,
        quantity_filter: null,
        clouds,
      }),
    );
    if (counts.length === 0 && place.region !== undefined)
      throw new StixError({
        code: "bad-value",
        message: `no accelerator is sold in '${place.cloud ?? "*"}/${place.region}'`,
        hint: `{program} gpus list --infra ${place.cloud ?? ""}`,
      });
    const tables = countTables(counts, { all: place.cloud !== undefined }, tableStyle(context));
    context.stdout.write(
      [
        ...tables,
        `To see all of them: ${context.program} gpus list --all\nPrices of one: ${context.program} gpus list H100\n`,
      ].join("\n"),
    );
    return 0;
  }
  const value = await ask(connection, "list_accelerators", {
    gpus_only: false,
    name_filter: name === undefined ? null : `^${escaped(name)}$`,
    region_filter: place.region ?? null,
    quantity_filter: count ?? null,
    clouds,
    all_regions: options.allRegions,
    require_price: false,
    case_sensitive: false,
  });
  const found = entries(value).map(([accelerator, rows]) => [accelerator, list(rows).flatMap(readOffer)] as const);
  const groups = [
    ...found.filter(([accelerator]) => !isTpu(accelerator)),
    ...found.filter(([accelerator]) => isTpu(accelerator)),
  ];
  if (groups.length === 0 && wanted !== undefined)
    throw await notOffered(connection, { wanted, name: name ?? wanted, place });
  if (options.output === "json")
    printJson(context, Object.fromEntries(groups.map(([accelerator, rows]) => [accelerator, rows.map(document)])));
  else {
    const counts = groups.map(
      ([accelerator, rows]) =>
        [accelerator, [...new Set(rows.map((row) => row.count))].toSorted((left, right) => left - right)] as const,
    );
    const summary = options.all ? countTables(counts, { all: true }, tableStyle(context)) : [];
    context.stdout.write([...summary, ...groups.map(([, rows]) => offerTable(context, rows, !options.all))].join("\n"));
  }
  return 0;
}

interface Missing {
  readonly wanted: string;
  readonly name: string;
  readonly place: { readonly cloud: string | undefined; readonly region: string | undefined };
}

/** Whether nobody knows the name, or it is not to be had so; with what is near. */
async function notOffered(connection: Connection, { wanted, name, place }: Missing): Promise<StixError> {
  const counts = entries(
    await ask(connection, "list_accelerator_counts", {
      gpus_only: false,
      name_filter: null,
      region_filter: null,
      quantity_filter: null,
      clouds: null,
    }),
  );
  const found = counts.find(([known]) => known.toLowerCase() === name.toLowerCase());
  const { nearestNames } = await import("#shared/schema/similar.ts");
  if (found === undefined) {
    const near = nearestNames(
      name,
      counts.map(([known]) => known),
    );
    return new StixError({
      code: "bad-value",
      message: `Resources '${wanted}' not found in the catalog: unknown accelerator`,
      hint:
        near.length === 0
          ? "{program} gpus list --all"
          : `did you mean ${near.join(" or ")}? {program} gpus list ${near[0] ?? ""}`,
    });
  }
  const where = [place.cloud, place.region].filter((part) => part !== undefined).join("/");
  return new StixError({
    code: "bad-value",
    message: `Resources '${wanted}' not found in the catalog${where === "" ? "" : ` of ${where}`}; ${found[0]} is sold by ${list(
      found[1],
    )
      .map((one) => quantity(Number(one)))
      .join(", ")} in one machine`,
    hint: `{program} gpus list ${found[0]}`,
  });
}

function wish(text: string | undefined): { readonly name: string | undefined; readonly count: number | undefined } {
  if (text === undefined) return { name: undefined, count: undefined };
  const parts = text.split(":");
  if (parts.length > 2)
    throw new StixError({
      code: "usage",
      message: `'${text}' has more than one ':'`,
      hint: "{program} gpus list H100:8",
    });
  const count = parts[1] === undefined ? undefined : Number(parts[1]);
  if (count !== undefined && !(count > 0))
    throw new StixError({
      code: "usage",
      message: `'${parts[1]}' is no quantity of accelerators`,
      hint: `{program} gpus list ${parts[0]}:1`,
    });
  return { name: parts[0], count };
}

function placeOf(options: GpuOptions): { readonly cloud: string | undefined; readonly region: string | undefined } {
  const { infra, cloud, region } = options;
  if (infra !== undefined && (cloud !== undefined || region !== undefined)) {
    throw new StixError({
      code: "usage",
      message: "'--infra' does not go with '--cloud' or '--region'",
      hint: "--infra cloud/region",
    });
  }
  const [first, ...rest] = (infra ?? [cloud, region].filter((one) => one !== undefined).join("/")).split("/");
  const given = (part: string | undefined) =>
    part === undefined || part === "" || part === "*" || part.toLowerCase() === "none" ? undefined : part;
  if (region !== undefined && cloud === undefined)
    throw new StixError({ code: "usage", message: "'--region' needs '--cloud'", hint: "--infra cloud/region" });
  return { cloud: given(first), region: given(rest.join("/")) };
}

function check(name: string | undefined, region: string | undefined, options: GpuOptions): void {
  const refused = (message: string) => new StixError({ code: "usage", message, hint: "{program} gpus list --help" });
  if (options.all && name !== undefined) throw refused("'--all' does not go with the name of an accelerator");
  if (options.allRegions && name === undefined) throw refused("'--all-regions' needs the name of an accelerator");
  if (options.allRegions && region !== undefined) throw refused("'--all-regions' does not go with one region");
}

function readOffer(row: unknown): OfferRow[] {
  const [cloud, type, accelerator, count, vcpus, deviceMemory, memory, price, spotPrice, region] = list(row);
  if (typeof cloud !== "string" || typeof accelerator !== "string" || typeof count !== "number") return [];
  return [
    {
      cloud,
      instanceType: typeof type === "string" ? type : undefined,
      accelerator,
      count,
      vcpus: numeric(vcpus),
      deviceMemory: numeric(deviceMemory),
      memory: numeric(memory),
      price: numeric(price),
      spotPrice: numeric(spotPrice),
      region: typeof region === "string" ? region : "-",
    },
  ];
}

function offerTable(context: CliContext, rows: readonly OfferRow[], withRegion: boolean): string {
  return renderTable(
    withRegion ? offerColumnsWithRegion : offerColumns,
    sorted(rows).map((row) => [
      row.accelerator,
      quantity(row.count),
      row.cloud,
      row.instanceType ?? "(attachable)",
      gigabytes(row.deviceMemory),
      row.vcpus === undefined ? "-" : quantity(row.vcpus),
      gigabytes(row.memory),
      money(row.price),
      money(row.spotPrice),
      ...(withRegion ? [row.region] : []),
    ]),
    tableStyle(context),
  );
}

/** Clouds by their cheapest price, then by their cheapest spot price; within a cloud the same for its rows. */
function sorted(rows: readonly OfferRow[]): readonly OfferRow[] {
  const least = (cloud: string, of: (row: OfferRow) => number | undefined) =>
    Math.min(...rows.filter((row) => row.cloud === cloud).map((row) => of(row) ?? Infinity));
  const keys = (row: OfferRow) => [
    least(row.cloud, (one) => one.price),
    least(row.cloud, (one) => one.spotPrice),
    row.price ?? Infinity,
    row.spotPrice ?? Infinity,
  ];
  return [...rows].sort((left, right) => {
    const [mine, theirs] = [keys(left), keys(right)];
    for (let at = 0; at < mine.length; at += 1) {
      const [one = 0, other = 0] = [mine[at], theirs[at]];
      if (one !== other) return one < other ? -1 : 1;
    }
    return 0;
  });
}

function document(row: OfferRow) {
  return {
    cloud: row.cloud,
    instance_type: row.instanceType ?? null,
    accelerator_name: row.accelerator,
    accelerator_count: row.count,
    cpu_count: row.vcpus ?? null,
    device_memory: row.deviceMemory ?? null,
    memory: row.memory ?? null,
    price: row.price ?? null,
    spot_price: row.spotPrice ?? null,
    region: row.region,
  };
}

function numeric(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

function gigabytes(value: number | undefined): string {
  return value === undefined ? "-" : `${quantity(value)}GB`;
}

function money(value: number | undefined): string {
  return value === undefined ? "-" : `$ ${value.toFixed(3)}`;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
