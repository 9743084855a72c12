/**
 * Quantiles of a few recorded numbers, as predictions of the next one. The next of `n` exchangeable numbers is below the `k`-th smallest with
 * probability `k / (n + 1)`, whatever their distribution. So the least and the greatest of nine hold the next one in exactly 8 of 10 cases.
 */
import type { SecondsRange } from '../contract/estimate';

/** The share of cases below the low end of a range, and above its high end. */
export const TAIL = 0.1;

/** The fewest records whose own quantiles reach `TAIL`: the least of them has the rank 1 of 10. */
export const ENOUGH = Math.round(1 / TAIL) - 1;

/** Returns the number below which the next one falls with this probability. `sorted` ascends and is not empty. Beyond its ends it stays there. */
export function predictedQuantile(sorted: readonly number[], probability: number): number {
  const rank = Math.min(sorted.length, Math.max(1, probability * (sorted.length + 1)));
  const below = sorted[Math.floor(rank) - 1] ?? 0;
  const above = sorted[Math.ceil(rank) - 1] ?? below;
  return below + (above - below) * (rank - Math.floor(rank));
}

/** Returns the range of the next number. */
export function predictedRange(numbers: readonly number[]): SecondsRange {
  const quantile = recordedQuantiles(numbers);
  return { low: quantile(TAIL), likely: quantile(0.5), high: quantile(1 - TAIL) };
}

/** A distribution to draw from: its quantile function, for probabilities between 0 and 1. */
export type Quantiles = (probability: number) => number;

/** Returns the distribution of the next number after these. */
export function recordedQuantiles(numbers: readonly number[]): Quantiles {
  const sorted = numbers.toSorted((a, b) => a - b);
  return (probability) => predictedQuantile(sorted, probability);
}

/** Returns the median, the higher one of two, or undefined for none: an estimate should rather be too long than too short. */
export function median(numbers: readonly number[]): number | undefined {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

/** The quantile of the normal distribution at `1 - TAIL`. */
const NORMAL_HIGH = 1.2816;

/** Returns a distribution with this range: log-normal to each side of the likely number, so that it is never negative and has a tail. */
export function rangeQuantiles({ low, likely, high }: SecondsRange): Quantiles {
  return (probability) => {
    const z = normalQuantile(probability);
    return likely * Math.exp((z / NORMAL_HIGH) * (z < 0 ? Math.log(likely / low) : Math.log(high / likely)));
  };
}

/** Returns the quantile of the normal distribution, within 2 % between 0.01 and 0.99, by Tukey's lambda distribution with lambda 0.135. */
function normalQuantile(probability: number): number {
  return (probability ** LAMBDA - (1 - probability) ** LAMBDA) / TUKEY_SCALE;
}

const LAMBDA = 0.135;
/** Makes the quantile at 0.9 that of the normal distribution. */
const TUKEY_SCALE = (0.9 ** LAMBDA - 0.1 ** LAMBDA) / NORMAL_HIGH;

/** Returns a stream of numbers between 0 and 1 that is the same every time: mulberry32, by Tommy Ettinger, in the public domain. */
export function repeatableNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (((mixed ^ (mixed >>> 14)) >>> 0) + 0.5) / 4294967296;
  };
}
