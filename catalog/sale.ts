// How a cloud sells its machines, as data: what a manifest says, and what the optimizer's rules are made of.
import type { CloudRules } from "./query.ts";

/** USD for moving gigabytes out of a cloud. */
export type EgressPrice =
  /** By tiers up to 1, 10, 50 and 150 TB, the last first; SkyPilot sums them so that the threshold, not the charged part, is taken off. */
  | { readonly form: "tiered"; readonly usd: readonly [number, number, number, number] }
  /** One price for all of it, by how much it is: up to so many TB. The last is for more. */
  | {
      readonly form: "whole";
      readonly upTo: readonly (readonly [terabytes: number, usd: number])[];
      readonly usd: number;
    }
  /** Free up to so many TB. */
  | { readonly form: "beyond"; readonly terabytes: number; readonly usd: number }
  /** A straight line; never less than nothing. */
  | { readonly form: "line"; readonly from: number; readonly usd: number; readonly plus: readonly number[] };

/** Absent: as of a cloud that has nothing particular. */
export interface CloudSale extends Partial<Omit<CloudRules, "cloud" | "display" | "egressUsd">> {
  readonly egress?: EgressPrice;
}
