/** Machines by recorded memory and CPU time, as text. */
import { type ChosenSize, isLarger } from '../../core/estimate/size/choose-sizes';
import { sizeReason } from '../../core/estimate/size/size-text';
import { printable } from '../../core/text/escape';
import { table } from './print';

/** Returns a row per service whose machine would be another one, and what all of them change. */
export function machineSizesText(sizes: readonly ChosenSize[], measured: number): string {
  if (measured === 0) {
    return 'no recorded build has its memory and CPU time; builds record them since this version, unless they share a machine';
  }
  if (sizes.length === 0) return 'no machine would change by the recorded memory and CPU time';
  const rows = sizes.map((each) => [
    printable(each.name),
    each.from.compute,
    minutesText(each.before.minutes),
    dollarsText(each.before.cost),
    minutesText(each.after.minutes),
    dollarsText(each.after.cost),
    sizeReason(each),
  ]);
  const [larger, smaller] = [sizes.filter(isLarger), sizes.filter((each) => !isLarger(each))];
  return [
    'machines by recorded memory and CPU time: name the size as compute in the catalog, or set machineSize to recorded',
    '',
    table(['service', 'now', 'minutes', 'cost', 'then', 'cost', 'size'], rows),
    ...(smaller.length === 0 ? [] : [`smaller: ${total(smaller)} a release of all, which takes no longer`]),
    ...(larger.length === 0 ? [] : [`larger: ${total(larger)} a release of all, and no build runs out of memory`]),
  ].join('\n');
}

function total(sizes: readonly ChosenSize[]): string {
  const sum = (part: 'before' | 'after') => sizes.reduce((all, each) => all + (each[part].cost ?? Number.NaN), 0);
  return `${dollarsText(sum('after'))} instead of ${dollarsText(sum('before'))}`;
}

function minutesText(minutes: number | undefined): string {
  return minutes === undefined ? 'unknown' : String(minutes);
}

function dollarsText(cost: number | undefined): string {
  return cost === undefined || Number.isNaN(cost) ? 'unknown' : `$${cost.toFixed(3)}`;
}
