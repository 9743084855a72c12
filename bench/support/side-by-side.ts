/** Measures a piece of work and its floor by turns, so that a loaded machine slows both alike and their ratio can be trusted. */

/** Milliseconds of one round. */
export interface Round {
  readonly work: number;
  /** The least that any such work must do. */
  readonly floor: number;
}

/** Medians of many rounds, in ms; `ratio` is the median of the rounds' own ratios. */
export interface Measured {
  readonly work: number;
  readonly floor: number;
  readonly ratio: number;
}

export function medians(rounds: readonly Round[]): Measured {
  return {
    work: median(rounds.map(({ work }) => work)),
    floor: median(rounds.map(({ floor }) => floor)),
    ratio: median(rounds.map(({ work, floor }) => work / floor)),
  };
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}
