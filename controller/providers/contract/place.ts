// Where something is asked for: a cloud, a region, a zone, and on whose account. And what can be had there.

export interface Place {
  readonly cloud: string;
  /** null: every region that the account may use. */
  readonly region: string | null;
  /** null: any zone. */
  readonly zone: string | null;
  /** Whose account, ssh key and cloud settings are used. */
  readonly workspace: string;
}

/** What each machine is: its type, and what it has for the queue's account. */
export interface MachineShape {
  readonly instanceType: string;
  readonly useSpot: boolean;
  readonly cpus: number;
  readonly memoryGib: number;
  readonly accelerator: { readonly name: string; readonly count: number } | null;
  /** Devices are only counted, not isolated. */
  readonly virtual: boolean;
  readonly priceUsdPerHour: number;
}

/** Where one cluster's machines are to be made, and as what; chosen by the plan. */
export interface Placement extends MachineShape {
  readonly cloud: string;
  readonly region: string;
  readonly zone: string | null;
}

/** The place of a placement, on the account of a workspace. */
export function placeOf({ cloud, region, zone }: Omit<Place, "workspace">, workspace: string): Place {
  return { cloud, region, zone, workspace };
}

/** Something a provider sells that is not in the public catalog (a local machine, a node pool). Prices are USD an hour. */
export interface OwnOffer {
  readonly cloud: string;
  readonly region: string;
  readonly zone: string | null;
  readonly instanceType: string;
  /** The most that a node can be given. */
  readonly cpus: number;
  readonly memoryGib: number;
  readonly accelerator: { readonly name: string; readonly count: number } | null;
  /** The most nodes of one cluster; absent: no bound is known. */
  readonly nodesMax?: number;
  /** How the user can say that it has more, for hints. */
  readonly declare?: string;
  /** Devices are only counted, not isolated. */
  readonly virtual: boolean;
  readonly priceUsdPerHour: number;
}
