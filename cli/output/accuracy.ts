/** How well estimates held, as text. */
import { type Accuracy, holds, rangeText } from '../../core/estimate/accuracy';
import { timeText } from '../../core/report/run-text';
import { printable } from '../../core/text/escape';
import { table } from './print';

/** Returns the numbers, and the runs furthest from their estimate. */
export function accuracyText(accuracy: Accuracy): string {
  const { runs, inside, below, above, coverage, byChance, aim, medianError, medianWidth, worst } = accuracy;
  if (coverage === null || byChance === null) {
    return 'no run is recorded with an estimate; the first one whose jobs all succeed will be';
  }
  const [least, most] = byChance.map(percent);
  const verdict = holds(accuracy)
    ? 'the ranges hold'
    : coverage < aim
      ? 'the ranges are too narrow'
      : 'the ranges are too wide';
  const rows = worst.map(({ run, at, real, likely, ...range }) => [
    new Date(at).toISOString().slice(0, 10),
    printable(run),
    rangeText(range),
    timeText(likely),
    timeText(real),
  ]);
  return [
    `${inside} of ${runs} runs took as long as their range said (${percent(coverage)}); ${below} were faster, ${above} slower`,
    `${percent(aim)} is the aim, and ${least} to ${most} can be chance for ${runs} runs: ${verdict}`,
    `half of the runs were within ${percent(medianError ?? 0)} of the likely time; half of the ranges ended at ${(medianWidth ?? 1).toFixed(1)} times their begin or less`,
    '',
    'furthest from their likely time',
    '',
    table(['date', 'run', 'range', 'likely', 'real'], rows),
  ].join('\n');
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
