// What it costs to move data out of a cloud, from its published tiers.
import type { EgressPrice } from "./sale.ts";

const TB = 1024;

/** USD for so many gigabytes. */
export function egressPrice(price: EgressPrice | undefined): (gigabytes: number) => number {
  if (price === undefined) return () => 0;
  switch (price.form) {
    case "tiered":
      return tiered(price.usd);
    case "whole":
      return (gigabytes) => {
        const [, usd = price.usd] = price.upTo.find(([terabytes]) => gigabytes <= terabytes * TB) ?? [];
        return usd * gigabytes;
      };
    case "beyond":
      return (gigabytes) => (gigabytes <= price.terabytes * TB ? 0 : price.usd * (gigabytes - price.terabytes * TB));
    case "line":
      return (gigabytes) => line(price, gigabytes);
  }
}

// Marginal tiers as SkyPilot sums them: the threshold, not the charged part, is taken off. Kept, so totals agree.
function tiered(rates: readonly [number, number, number, number]): (gigabytes: number) => number {
  return (gigabytes) => {
    let rest = gigabytes;
    if (rest > 150 * TB) return rates[0] * rest;
    let usd = 0;
    if (rest >= 50 * TB) {
      usd += rates[1] * (rest - 50 * TB);
      rest -= 50 * TB;
    }
    if (rest >= 10 * TB) {
      usd += rates[2] * (rest - 10 * TB);
      rest -= 10 * TB;
    }
    return rest > 1 ? usd + rates[3] * (rest - 1) : usd;
  };
}

/** The published sum can be negative for small sizes; nobody is paid for moving data. */
function line({ from, usd, plus }: Extract<EgressPrice, { form: "line" }>, gigabytes: number): number {
  if (gigabytes <= 0) return 0;
  return Math.max(
    0,
    plus.reduce((sum, each) => sum + each, (gigabytes - from) * usd),
  );
}
