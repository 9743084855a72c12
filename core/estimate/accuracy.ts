/** How well estimates held over the recorded runs. */
import type { RecordedRun, SecondsRange } from '../contract/estimate';
import { median } from './quantiles';
import { COVERED } from './run-range';

/** All errors are shares of the likely time: 0.2 if a run took 20 % longer or shorter. */
export interface Accuracy {
  readonly runs: number;
  readonly inside: number;
  /** Faster and slower than the range. */
  readonly below: number;
  readonly above: number;
  /** The share inside, from 0 to 1; null without a run. */
  readonly coverage: number | null;
  /** The share that is aimed at. */
  readonly aim: number;
  /** Coverages that such a number of runs has by chance, in 95 of 100 cases, if ranges are right. Null without a run. */
  readonly byChance: readonly [number, number] | null;
  readonly medianError: number | null;
  /** The median of a range's high end divided by its low end: without it, any wide range would be right. */
  readonly medianWidth: number | null;
  /** The runs that were furthest from their likely time. */
  readonly worst: readonly RecordedRun[];
}

const WORST_SHOWN = 10;

/** Returns the accuracy of these runs. */
export function accuracyOf(runs: readonly RecordedRun[]): Accuracy {
  const below = runs.filter(({ real, low }) => real < low).length;
  const above = runs.filter(({ real, high }) => real > high).length;
  const inside = runs.length - below - above;
  return {
    runs: runs.length,
    inside,
    below,
    above,
    coverage: runs.length === 0 ? null : inside / runs.length,
    aim: COVERED,
    byChance: runs.length === 0 ? null : byChance(runs.length),
    medianError: median(runs.map(error)) ?? null,
    medianWidth: median(runs.map(({ low, high }) => high / low)) ?? null,
    worst: runs.toSorted((a, b) => error(b) - error(a)).slice(0, WORST_SHOWN),
  };
}

/** Returns true if the coverage is neither too low nor too high to be chance. Ranges that are too wide are as wrong as narrow ones. */
export function holds({ coverage, byChance: bounds }: Pick<Accuracy, 'coverage' | 'byChance'>): boolean {
  return coverage === null || bounds === null || (coverage >= bounds[0] && coverage <= bounds[1]);
}

/** Two standard deviations of a binomial share, cut at 0 and 1. */
function byChance(runs: number): readonly [number, number] {
  const deviation = 1.96 * Math.sqrt((COVERED * (1 - COVERED)) / runs);
  return [Math.max(0, COVERED - deviation), Math.min(1, COVERED + deviation)];
}

function error({ real, likely }: RecordedRun): number {
  return Math.abs(real - likely) / likely;
}

/** Returns a range for people: `4 to 7 min`, `20 to 35 s`. Whole units, because a range is no measurement. */
export function rangeText({ low, high }: Pick<SecondsRange, 'low' | 'high'>): string {
  const [unit, name] = high < 120 ? [1, 's'] : [60, 'min'];
  const [from, to] = [Math.floor(low / unit), Math.ceil(high / unit)];
  return from === to ? `${from} ${name}` : `${from} to ${to} ${name}`;
}

/** Returns the range of a run as a sentence. */
export function spanText(range: SecondsRange): string {
  return `From the first start to the last end it is ${rangeText(range)} in 8 of 10 runs.`;
}
