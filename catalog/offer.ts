// The words of the catalog: one offer as a row, what is sold by a provider itself, and where a price comes from.

/** Where a price was seen. `suspect` and `estimate` prices never decide a plan unless the user asks for them. */
export interface PriceSource {
  /** Who published it, for example "ec2.shop". */
  readonly price: string;
  /** ISO date or month ("2025-04-04", "2024-11"); "" where unknown. */
  readonly priceAsOf: string;
  readonly spot: string;
  readonly spotAsOf: string;
  readonly priceSuspect: boolean;
  readonly spotEstimate: boolean;
}

export interface Accelerator {
  readonly name: string;
  readonly count: number;
}

/** One row as a provider's fetcher, a CSV or a test gives it. Prices are USD an hour for the whole machine. */
export interface OfferRow {
  /** "" for devices that are attached to a host of their own choice. */
  readonly instanceType: string;
  readonly region: string;
  /** null: the cloud has no zones, or the zone is not known. */
  readonly zone: string | null;
  /** null where the host is chosen apart (attached devices, TPUs). */
  readonly cpus: number | null;
  readonly memoryGib: number | null;
  readonly accelerator: Accelerator | null;
  /** Memory of one device. */
  readonly deviceMemoryMib?: number | null;
  readonly arch?: "x86_64" | "arm64";
  readonly localDisk?: LocalDiskFacts | null;
  readonly price: number | null;
  readonly spotPrice: number | null;
  /** Index into the table's sources; 0 when absent. */
  readonly source?: number;
}

export interface LocalDiskFacts {
  /** GB of all devices together. */
  readonly totalGb: number;
  readonly nvme: boolean;
  readonly ssd: boolean;
}

/** Something a provider sells itself, outside the public price lists; same form as the provider contract's. */
export interface PrivateOffer {
  readonly cloud: string;
  readonly region: string;
  readonly zone: string | null;
  readonly instanceType: string;
  readonly cpus: number;
  readonly memoryGib: number;
  readonly accelerator: Accelerator | null;
  /** Devices are only counted, not isolated. */
  readonly virtual: boolean;
  readonly priceUsdPerHour: number;
}
