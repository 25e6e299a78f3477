// What an hour of useful work costs on spot machines, counting the work that is lost and repeated when they are taken back.
import type { ExpectedPrice } from "./request.ts";

/** Losses seen in recordings, by device ("cpu" without one). */
export interface SpotHazard {
  readonly device: string;
  readonly lossesPerHour: number;
}

export interface ExpectationOptions {
  readonly hazards: readonly SpotHazard[];
  /** From the loss of a machine to the next at work. */
  readonly recoveryHours?: number;
  /** Work that is lost each time: half the time between checkpoints. */
  readonly lostHours?: number;
}

// Middle of each band of machines taken back within a month; the last band has no upper end.
const MONTHLY_SHARE = [0.025, 0.075, 0.125, 0.175, 0.3] as const;
const MONTH_HOURS = 720;
// Machines come back in some ten minutes; checkpoints are taken about once an hour.
const RECOVERY_HOURS = 0.2;
const LOST_HOURS = 0.5;

/** Losses an hour: as recorded for the device, else from the band, else as in the worst band. */
export function lossesPerHour(hazards: readonly SpotHazard[], accelerator: string | null, band: number | null): number {
  const recorded = accelerator === null ? undefined : hazards.find((hazard) => hazard.device === accelerator);
  if (recorded !== undefined) return recorded.lossesPerHour;
  const share = MONTHLY_SHARE[band ?? MONTHLY_SHARE.length - 1] ?? 0.3;
  return -Math.log(1 - share) / MONTH_HOURS;
}

/**
 * Price by hour of useful work. With losses at rate r, each costs `lostHours` of paid work that is done again; the time
 * until the next machine is not paid but is waited for, so it counts at the same price.
 */
export function expectedPrice(options: ExpectationOptions): ExpectedPrice {
  const perLoss = (options.recoveryHours ?? RECOVERY_HOURS) + (options.lostHours ?? LOST_HOURS);
  return ({ spotPrice, band, accelerator }) =>
    spotPrice * (1 + lossesPerHour(options.hazards, accelerator, band) * perLoss);
}
