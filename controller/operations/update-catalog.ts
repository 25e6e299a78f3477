// Refreshes prices while everything runs: `stix catalog update [CLOUD...]`.
import { openCatalog } from "#catalog/load.ts";
import { sourceOf } from "#catalog/data/sources/all.ts";
import { updateCatalog, type UpdateOutcome } from "#catalog/refresh/update.ts";
import { StixError } from "#shared/errors/stix-error.ts";

export interface UpdateRequest {
  /** Empty: every cloud with a source. */
  readonly clouds: readonly string[];
  /** `lists`: SkyPilot's hosted lists also where there is a source of our own. */
  readonly preference: "own" | "lists";
  /** Folder of refreshed tables. */
  readonly folder: string;
  readonly nowMs: number;
  readonly signal: AbortSignal;
  readonly credential: (name: string) => string | undefined;
  readonly endpoints?: Readonly<Record<string, string>>;
  readonly onProgress?: (line: string) => void;
}

/** One outcome a cloud; a source that fails leaves its cloud's prices as they were. @throws StixError for a cloud without a source. */
export async function refreshPrices(request: UpdateRequest): Promise<UpdateOutcome[]> {
  const raw = openCatalog({ updatedDir: request.folder, includeUntrusted: true });
  const wanted =
    request.clouds.length > 0
      ? request.clouds
      : raw.clouds.filter((cloud) => sourceOf(cloud, request.preference) !== null);
  const sources = wanted.map((cloud) => {
    const source = sourceOf(cloud.toLowerCase(), request.preference);
    if (source !== null) return source;
    throw new StixError({
      code: "bad-value",
      message: `there is no source of prices for '${cloud}'`,
      hint: `name some of: ${raw.clouds.filter((known) => sourceOf(known) !== null).join(" ")}`,
    });
  });
  const now = new Date(request.nowMs).toISOString();
  return updateCatalog({
    sources,
    before: (cloud) => raw.view(cloud).table,
    folder: request.folder,
    fetch: (url, init) => fetch(url, init),
    today: now.slice(0, 10),
    now,
    nowMs: request.nowMs,
    signal: request.signal,
    endpoints: request.endpoints ?? {},
    credential: request.credential,
    ...(request.onProgress === undefined ? {} : { onProgress: request.onProgress }),
  });
}

/** The outcomes as lines for people. */
export function updateText(outcomes: readonly UpdateOutcome[]): string {
  return outcomes
    .flatMap((one) => {
      const first =
        one.outcome === "updated"
          ? `${one.cloud}: ${one.rows} prices from ${one.source}`
          : `${one.cloud}: kept the old prices, ${one.reason}${one.hint === null ? "" : ` (${one.hint})`}`;
      return [first, ...one.notes.map((note) => `  ${note}`)];
    })
    .join("\n");
}
