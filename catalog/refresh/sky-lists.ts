// SkyPilot's hosted price lists as a source for any cloud.
import { parseSkyCsv } from "../sky-csv.ts";
import { rowsOf } from "./rows.ts";
import { request, seenToday, type CatalogSource, type RefreshWorld } from "./source.ts";

const HOSTED = "https://raw.githubusercontent.com/skypilot-org/skypilot-catalog/master/catalogs/v8";
const MIRROR = "https://skypilot-catalog.s3.us-east-1.amazonaws.com/catalogs/v8";

/** The hosted list of one cloud. The mirror is asked when the first host refuses. */
export function skyLists(cloud: string): CatalogSource {
  return {
    name: `skypilot-${cloud}`,
    cloud,
    async refresh(world) {
      const text = await world.part(`skypilot ${cloud}/vms.csv`, () => download(world, cloud));
      const table = parseSkyCsv(cloud, text, `skypilot-catalog ${cloud}/vms.csv`, world.today);
      return {
        rows: rowsOf(table).map((row) => ({ ...row, source: 0 })),
        sources: seenToday(world, "skypilot-catalog v8"),
        notes: [],
      };
    },
  };
}

async function download(world: RefreshWorld, cloud: string): Promise<string> {
  const hosts = [world.endpoints["skypilot"] ?? HOSTED, world.endpoints["skypilot-mirror"] ?? MIRROR];
  let refusal: unknown;
  for (const host of hosts) {
    try {
      return await (await request(world, `${host}/${cloud}/vms.csv`)).text();
    } catch (error) {
      // The second host has the same files; its refusal is the one that counts.
      refusal = error;
    }
  }
  throw refusal;
}
