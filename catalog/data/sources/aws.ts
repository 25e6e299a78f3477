// Prices of AWS: the public price list of each region, and the spot price history where there is an access key.
import type { OfferRow, PriceSource } from "../../offer.ts";
import { factsByName, rowsOf, type TypeFacts } from "../../refresh/rows.ts";
import { request, type CatalogSource, type RefreshWorld } from "../../refresh/source.ts";
import { signForm } from "./aws-signature.ts";

interface ListedType {
  readonly type: string;
  readonly price: number;
  readonly cpus: number;
  readonly memoryGib: number;
  readonly hasDevices: boolean;
}

interface SpotLine {
  readonly type: string;
  readonly zone: string;
  readonly price: number;
}

const FRESH = 0;

export const awsPrices: CatalogSource = {
  name: "aws",
  cloud: "aws",
  async refresh(world) {
    const notes: string[] = [];
    const sources: PriceSource[] = [freshSource(world)];
    const rows: OfferRow[] = [];
    const facts = factsByName(world.before);
    const before = Map.groupBy(rowsOf(world.before), (row) => row.region);
    const hasKey =
      world.credential("AWS_ACCESS_KEY_ID") !== undefined && world.credential("AWS_SECRET_ACCESS_KEY") !== undefined;
    if (!hasKey) notes.push("spot prices stay as they were: no AWS access key is set");
    for (const [region, old] of before) {
      const listed = await world.part(`aws prices of ${region}`, () => readPriceList(world, region));
      const spot = hasKey
        ? await world.part(`aws spot prices of ${region}`, () => readSpotPrices(world, region))
        : null;
      rows.push(...mergeRegion({ region, old, listed, spot, facts, sources, world }));
    }
    return { rows, sources, notes };
  },
};

function freshSource(world: RefreshWorld): PriceSource {
  return {
    price: "AWS price list",
    priceAsOf: world.today,
    spot: "EC2 spot price history",
    spotAsOf: world.today,
    priceSuspect: false,
    spotEstimate: false,
  };
}

interface Region {
  readonly region: string;
  readonly old: readonly OfferRow[];
  readonly listed: readonly ListedType[];
  /** null: not asked. */
  readonly spot: readonly SpotLine[] | null;
  readonly facts: ReadonlyMap<string, TypeFacts>;
  readonly sources: PriceSource[];
  readonly world: RefreshWorld;
}

/** Known places keep their zones; a type that is new in the region has its zones from the spot prices, or none. */
function mergeRegion({ region, old, listed, spot, facts, sources, world }: Region): OfferRow[] {
  const oldByType = Map.groupBy(old, (row) => row.instanceType);
  const spotByType = Map.groupBy(spot ?? [], (line) => line.type);
  return listed.flatMap((type): OfferRow[] => {
    const known = oldByType.get(type.type);
    const base = known?.[0] ?? facts.get(type.type) ?? plainType(type);
    if (base === null) return [];
    const zones = new Set([
      ...(known ?? []).flatMap((row) => (row.zone === null ? [] : [row.zone])),
      ...(spotByType.get(type.type) ?? []).map((line) => line.zone),
    ]);
    const places: (string | null)[] = zones.size === 0 ? [null] : [...zones];
    return places.map((zone) => {
      const before = known?.find((row) => row.zone === zone);
      const fresh = spotByType.get(type.type)?.find((line) => line.zone === zone)?.price ?? null;
      return {
        ...base,
        region,
        zone,
        price: type.price,
        spotPrice: spot === null ? (before?.spotPrice ?? null) : fresh,
        source: spot === null && before !== undefined ? oldSpotSource(before, sources, world) : FRESH,
      };
    });
  });
}

/** A fresh price beside an old spot price keeps the old day of the latter. */
function oldSpotSource(row: OfferRow, sources: PriceSource[], world: RefreshWorld): number {
  const old = world.before.sources[row.source ?? 0];
  if (old === undefined) return FRESH;
  const mixed: PriceSource = { ...old, price: "AWS price list", priceAsOf: world.today, priceSuspect: false };
  const at = sources.findIndex(
    (source) =>
      source.spot === mixed.spot && source.spotAsOf === mixed.spotAsOf && source.spotEstimate === mixed.spotEstimate,
  );
  return at >= 0 ? at : sources.push(mixed) - 1;
}

/** A type that is new everywhere: its size is in the list, its devices are not. */
function plainType(type: ListedType): TypeFacts | null {
  if (type.hasDevices) return null;
  return {
    instanceType: type.type,
    cpus: type.cpus,
    memoryGib: type.memoryGib,
    accelerator: null,
    deviceMemoryMib: null,
    arch: /^\w*\dg/.test(type.type) ? "arm64" : "x86_64",
    localDisk: null,
  };
}

const WANTED = {
  TermType: "OnDemand",
  "Operating System": "Linux",
  "Pre Installed S/W": "NA",
  CapacityStatus: "Used",
  Tenancy: "Shared",
  Unit: "Hrs",
} as const;

/** The list of a region has some hundred thousand lines; they are read as they come. */
async function readPriceList(world: RefreshWorld, region: string): Promise<ListedType[]> {
  const base = world.endpoints["aws-prices"] ?? "https://pricing.us-east-1.amazonaws.com";
  const response = await request(world, `${base}/offers/v1.0/aws/AmazonEC2/current/${region}/index.csv`);
  let columns: Map<string, number> | null = null;
  const found = new Map<string, ListedType>();
  for await (const line of linesOf(response)) {
    const fields = line.replace(/^"|"\r?$/g, "").split('","');
    if (columns === null) {
      if (fields[0] === "SKU") columns = new Map(fields.map((name, index) => [name, index]));
      continue;
    }
    const listed = readLine(fields, columns);
    if (listed !== null && !found.has(listed.type)) found.set(listed.type, listed);
  }
  if (columns === null) throw new Error(`the price list of ${region} has no header`);
  return [...found.values()];
}

function readLine(fields: readonly string[], columns: ReadonlyMap<string, number>): ListedType | null {
  const field = (name: string) => fields[columns.get(name) ?? -1] ?? "";
  for (const [name, value] of Object.entries(WANTED)) if (field(name) !== value) return null;
  const type = field("Instance Type");
  const price = Number(field("PricePerUnit"));
  if (type === "" || !(price > 0) || field("Currency") !== "USD") return null;
  const gpus = field("GPU");
  return {
    type,
    price,
    cpus: Number(field("vCPU")),
    memoryGib: Number(field("Memory").replace(/,/g, "").replace(/ GiB$/, "")),
    hasDevices: gpus !== "" && gpus !== "NA" && gpus !== "0",
  };
}

async function* linesOf(response: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  const chunks: AsyncIterable<Uint8Array> | readonly Uint8Array[] = response.body ?? [];
  for await (const chunk of chunks) {
    const text = rest + decoder.decode(chunk, { stream: true });
    const lines = text.split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}

// A region has some 4,000 lines at 1,000 a page; more pages than this are a loop.
const PAGES_MAX = 200;

async function readSpotPrices(world: RefreshWorld, region: string): Promise<SpotLine[]> {
  const host = `ec2.${region}.amazonaws.com`;
  const base = world.endpoints["aws-ec2"] ?? `https://${host}`;
  const latest = new Map<string, SpotLine & { readonly at: string }>();
  let token = "";
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const body = new URLSearchParams({
      Action: "DescribeSpotPriceHistory",
      Version: "2016-11-15",
      StartTime: world.now,
      "ProductDescription.1": "Linux/UNIX",
      ...(token === "" ? {} : { NextToken: token }),
    }).toString();
    const session = world.credential("AWS_SESSION_TOKEN");
    const headers = signForm({
      host: new URL(base).host,
      region,
      service: "ec2",
      body,
      now: world.now,
      keyId: world.credential("AWS_ACCESS_KEY_ID") ?? "",
      secret: world.credential("AWS_SECRET_ACCESS_KEY") ?? "",
      ...(session === undefined ? {} : { sessionToken: session }),
    });
    const text = await (await request(world, `${base}/`, { method: "POST", headers, body })).text();
    for (const line of spotLines(text)) {
      const key = `${line.type}/${line.zone}`;
      const before = latest.get(key);
      if (before === undefined || before.at < line.at) latest.set(key, line);
    }
    token = element(text, "nextToken");
    if (token === "") break;
  }
  return [...latest.values()].map(({ type, zone, price }) => ({ type, zone, price }));
}

/** Only lines with a zone id: zone names mean other zones in other accounts. */
function spotLines(xml: string): (SpotLine & { at: string })[] {
  return [...xml.matchAll(/<item>([\s\S]*?)<\/item>/g)].flatMap(([, item = ""]) => {
    const zone = element(item, "availabilityZoneId");
    const price = Number(element(item, "spotPrice"));
    if (zone === "" || !(price > 0)) return [];
    return [{ type: element(item, "instanceType"), zone, price, at: element(item, "timestamp") }];
  });
}

function element(xml: string, name: string): string {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? "";
}
