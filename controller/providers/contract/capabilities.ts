// What some clouds can do beside the five verbs. A capability that is there keeps all of its promise; null means that the cloud
// has none, and the manifest says the same. Everything may be repeated: of what is done already, nothing.
import type { ProviderAnswer } from "./failure.ts";
import type { Place } from "./place.ts";

/** A cluster's machines, of all its attempts. */
export interface ClusterAt {
  readonly place: Place;
  readonly cid: string;
}

/** Machines can be switched off without losing their disks. */
export interface Power {
  /** Stops the machines and keeps their disks; of the stopped: nothing. */
  stop(cluster: ClusterAt, signal: AbortSignal): Promise<ProviderAnswer<void>>;
  /** Starts the stopped machines of the cluster; of the running: nothing. */
  start(cluster: ClusterAt, signal: AbortSignal): Promise<ProviderAnswer<void>>;
}

/** Ports of a cluster can be opened to the world. */
export interface Ports {
  /** `ranges` as "80" or "8000-8010". Opens these beside what is open. What it makes for that goes with `remove`. */
  open(cluster: ClusterAt, ranges: readonly string[], signal: AbortSignal): Promise<ProviderAnswer<void>>;
  /** Where each open port of the head is reached from outside, by port; a port whose address is still being made is absent. */
  endpoints(
    cluster: ClusterAt,
    ranges: readonly string[],
    signal: AbortSignal,
  ): Promise<ProviderAnswer<ReadonlyMap<number, string>>>;
}

export interface VolumeWish {
  readonly place: Place;
  readonly name: string;
  /** The cloud's word for its kind. */
  readonly type: string;
  /** null: the cloud's least, or that of what exists. */
  readonly sizeGib: number | null;
  readonly config: Readonly<Record<string, unknown>>;
}

export interface VolumeFacts {
  readonly name: string;
  readonly volumeId: string;
  readonly sizeGib: number | null;
  /** Ids of the instances that hold it. */
  readonly usedBy: readonly string[];
}

/** Disks that outlive clusters. */
export interface Volumes {
  /** Of one that exists by this name: its facts, when the wish fits it, else `conflict`. */
  create(wish: VolumeWish, signal: AbortSignal): Promise<ProviderAnswer<VolumeFacts>>;
  list(place: Place, signal: AbortSignal): Promise<ProviderAnswer<readonly VolumeFacts[]>>;
  /** `conflict` while somebody holds it; of the gone: success. */
  remove(place: Place, name: string, signal: AbortSignal): Promise<ProviderAnswer<void>>;
}

/** Networks must be prepared before machines are made in a region, and are shared by all clusters of an account. */
export interface Network {
  /** Made once and marked as ours. The id is what `create` uses by itself. */
  ensure(place: Place, signal: AbortSignal): Promise<ProviderAnswer<{ readonly networkId: string }>>;
  /** Takes away what `ensure` made; `conflict` while machines use it. */
  remove(place: Place, signal: AbortSignal): Promise<ProviderAnswer<void>>;
}

export interface ImageFacts {
  readonly imageId: string;
  /** The least size of a disk that holds it. */
  readonly sizeGib: number;
}

/** Images of disks can be named, and made from a cluster's head. */
export interface Images {
  /** `not-found` where the account sees no such image at the place. */
  find(place: Place, image: string, signal: AbortSignal): Promise<ProviderAnswer<ImageFacts>>;
  /** Makes an image of the head's disk, once for each name. The head need not be stopped by the caller. */
  capture(cluster: ClusterAt, name: string, signal: AbortSignal): Promise<ProviderAnswer<ImageFacts>>;
}

/** Machines that the cloud may take back, for less money. */
export interface Spot {
  /** Ids of the cluster's instances that the cloud took back, or said that it will. Who was removed by us is not among them. */
  interrupted(cluster: ClusterAt, signal: AbortSignal): Promise<ProviderAnswer<readonly string[]>>;
}

/** The account's limits can be asked before anything is made. */
export interface Quota {
  /** How many more machines of this type the account may have at the place now; null: no limit is known. */
  left(
    wish: { readonly place: Place; readonly instanceType: string; readonly useSpot: boolean },
    signal: AbortSignal,
  ): Promise<ProviderAnswer<number | null>>;
}

/** Capacity that the account has paid for. */
export interface Reservations {
  /** How many machines of this type are free in each of the named reservations; unknown names have none. */
  free(
    wish: { readonly place: Place; readonly instanceType: string; readonly names: readonly string[] },
    signal: AbortSignal,
  ): Promise<ProviderAnswer<ReadonlyMap<string, number>>>;
}

export interface Capabilities {
  readonly power: Power | null;
  readonly ports: Ports | null;
  readonly volumes: Volumes | null;
  readonly network: Network | null;
  readonly images: Images | null;
  readonly spot: Spot | null;
  readonly quota: Quota | null;
  readonly reservations: Reservations | null;
}

/** To spread first: a cloud names only what it has. */
export const noCapabilities: Capabilities = {
  power: null,
  ports: null,
  volumes: null,
  network: null,
  images: null,
  spot: null,
  quota: null,
  reservations: null,
};
