// How the controller gets the executables it starts on this machine or sends to others.

export const partNames = ["nats-server", "skylet"] as const;
export type PartName = (typeof partNames)[number];

export interface Parts {
  /** Absolute path of an executable that may be started now. Throws StixError part-missing. The first call may take a second. */
  locate(name: PartName): Promise<string>;
}
