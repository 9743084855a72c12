/** A replay of pushes, as text. */

import { type AdviceGroup, adviceGroups } from '../../core/compare/advice/advice-text';
import type { BacktestReport, BacktestTotals, ReplayedPush } from '../../core/compare/backtest';
import type { HotSpot } from '../../core/compare/hot-spots';
import { USUAL_MACHINE } from '../../core/contract/job';
import { buildCost, costText, REFERENCE_REGION } from '../../core/estimate/price';
import { printable } from '../../core/text/escape';
import { table } from './print';

const HUBS_SHOWN = 12;
const ADVICE_SHOWN = 5;
const SUBJECT_LENGTH = 50;
const ADVICE_LENGTH = 100;

/** Returns a row per push, the totals, the hot spots, and what would make builds fewer or shorter. */
export function backtestText({ since, commit, totals, hubs, advice, pushes }: BacktestReport): string {
  return [
    printable(`${totals.pushes} pushes from ${since.slice(0, 8)} to ${commit.slice(0, 8)}`),
    '',
    table(['date', 'commit', 'files', 'builds', 'declared', 'missed', 'wasted', 'subject'], pushes.map(pushRow)),
    '',
    ...totalLines(totals),
    '',
    ...hubLines(hubs),
    ...adviceGroups(advice).flatMap(adviceLines),
  ].join('\n');
}

/** A replay compares costs, so the prices of one region are enough. */
function costOf(minutes: number): string {
  return costText(buildCost([{ minutes, machine: USUAL_MACHINE }], REFERENCE_REGION));
}

function pushRow(push: ReplayedPush): readonly (string | number)[] {
  const { builds, declared, missed, wasted, changedFiles } = push;
  const date = new Date(push.time * 1000).toISOString().slice(0, 10);
  const subject = printable(push.subject).slice(0, SUBJECT_LENGTH);
  const counts = [builds, declared, missed, wasted].map(({ length }) => length);
  return [date, push.commit.slice(0, 8), changedFiles, ...counts, subject];
}

function totalLines({
  everything,
  builds,
  reused,
  declared,
  missed,
  wasted,
  minutes,
}: BacktestTotals): readonly string[] {
  const again = reused === 0 ? '' : `, ${reused} of them as they were built before, so the image is there`;
  return [
    `${builds} of ${everything} images changed (${percent(builds, everything)})${again}`,
    `build minutes: ${minutes.builds} instead of ${minutes.everything}, about ${costOf(minutes.builds)} instead of ${costOf(minutes.everything)}`,
    `by own folders and declared modules alone: ${declared} builds, ${missed} missed (${percent(missed, builds)} of what changed), ${wasted} wasted (${percent(wasted, declared)} of what was built)`,
  ];
}

function hubLines(hubs: readonly HotSpot[]): readonly string[] {
  if (hubs.length === 0) return ['no file or folder is shared by images that were built'];
  const rows = hubs
    .slice(0, HUBS_SHOWN)
    .map(({ path, kind, pushes, builds, services, buildsSaved, minutesSaved, costSaved, buildsWithout }) => [
      printable(kind === 'folder' ? `${path}/` : path),
      pushes,
      builds,
      services,
      buildsSaved,
      minutesSaved,
      costText({ cost: costSaved }),
      buildsWithout,
    ]);
  const more = hubs.length - rows.length;
  return [
    'what is shared and causes most builds; saved: builds that would not have been without it in the images, with their minutes and cost',
    '',
    table(['shared', 'pushes', 'builds', 'services', 'saved', 'minutes', 'cost', 'builds left'], rows),
    ...(more > 0 ? [`and ${more} more; --json lists them`] : []),
  ];
}

function adviceLines({ title, cure, items }: AdviceGroup): readonly string[] {
  const rows = items
    .slice(0, ADVICE_SHOWN)
    .map(({ text, services, builds, minutes, cost }) => [
      shortened(printable(text)),
      services.length,
      builds,
      minutes,
      costText({ cost }),
    ]);
  const more = items.length - rows.length;
  return [
    '',
    title.replace(/^./, (first) => first.toLowerCase()),
    cure,
    '',
    table(['what', 'services', 'builds', 'minutes', 'cost'], rows),
    ...(more > 0 ? [`and ${more} more; --json lists them`] : []),
  ];
}

function shortened(text: string): string {
  return text.length > ADVICE_LENGTH ? `${text.slice(0, ADVICE_LENGTH)}...` : text;
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '0 %' : `${Math.round((part / whole) * 100)} %`;
}
