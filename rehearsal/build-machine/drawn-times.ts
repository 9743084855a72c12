/**
 * Drawn times of builds, on a clock that runs faster than this computer's while something is built, and otherwise stands still: what the
 * emulator takes between two builds takes AWS far less.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { repeatableNumbers } from '../product';

/** Seconds of a build's phases. */
export interface PhaseSeconds {
  readonly queue: number;
  readonly provisioning: number;
  readonly build: number;
}

export interface DrawnTimes {
  /** In ms since 1970. */
  now(): number;
  /** Draws the times of the next build of a service. */
  draw(service: string): PhaseSeconds;
  /** Passes drawn seconds. */
  pass(seconds: number): Promise<void>;
  /** Runs the clock as long as the work lasts. */
  during<Result>(work: () => Promise<Result>): Promise<Result>;
}

/** The median seconds of a service's build. Others take the first one. */
export type MedianSeconds = Readonly<Record<string, number>>;

/** Quotient of the times in nine of ten cases and in the middle: builds vary by a quarter, machines by a half. */
const BUILD_SPREAD = 1.25;
const MACHINE_SPREAD = 1.5;

const QUEUE = 1;
const PROVISIONING = 12;

/** Returns a clock that runs `speed` times as fast. The numbers of a seed are the same in each rehearsal. */
export function drawnTimes(medians: MedianSeconds, speed: number, seed: number): DrawnTimes {
  const random = repeatableNumbers(seed);
  const other = Object.values(medians)[0] ?? 0;
  let passed = Date.now();
  let since: number | undefined;
  let working = 0;
  const now = () => passed + (since === undefined ? 0 : (Date.now() - since) * speed);
  const vary = (median: number, spread: number) => median * spread ** (normal(random) / NORMAL_HIGH);
  return {
    now,
    draw: (service) => ({
      queue: vary(QUEUE, MACHINE_SPREAD),
      provisioning: vary(PROVISIONING, MACHINE_SPREAD),
      build: vary(medians[service] ?? other, BUILD_SPREAD),
    }),
    pass: async (seconds) => {
      await sleep((seconds * 1000) / speed);
    },
    during: async (work) => {
      working += 1;
      since ??= Date.now();
      try {
        return await work();
      } finally {
        working -= 1;
        if (working === 0) {
          passed = now();
          since = undefined;
        }
      }
    },
  };
}

/** The quantile of the normal distribution at 0.9. */
const NORMAL_HIGH = 1.2816;

/** Returns a number of the standard normal distribution: G. E. P. Box and M. E. Muller, 1958. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
}
