/** Advice in the words that people read: the command line and the board. */
import type { BuildAdvice, Saving } from './advice';

/** Advice of one kind. */
export interface AdviceGroup {
  readonly title: string;
  /** What to do. */
  readonly cure: string;
  /** What costs most first. Never empty. */
  readonly items: readonly AdviceItem[];
}

export interface AdviceItem extends Saving {
  readonly text: string;
}

/** Returns the groups that have advice. Texts are as the repository has them: they have to be made printable. */
export function adviceGroups({
  repeatedRuns,
  spoiledRuns,
  seldomNeeded,
  movingBases,
  machineSizes = [],
}: BuildAdvice): readonly AdviceGroup[] {
  const groups: readonly AdviceGroup[] = [
    {
      title: 'The same RUN over the same inputs, in several images',
      cure: 'A base image of your own runs it once. Minutes are those of the whole builds, so at most that much is saved.',
      items: repeatedRuns,
    },
    {
      title: 'Installs that ran again because of files they do not read',
      cure: 'Copy what the install reads, install, and take the rest after that. At most the minutes of the whole builds are saved.',
      items: spoiledRuns.map((run) => ({
        ...run,
        text: `${run.dockerfile}, line ${run.line}: ${run.text}, behind ${run.behind}`,
      })),
    },
    {
      title: 'Files that images seldom need, and that alone caused builds',
      cure: 'If the image does not use them, add the patterns to the .dockerignore of the context.',
      items: seldomNeeded.map((files) => ({
        ...files,
        text: `${files.patterns.join(' ')} in the context ${files.context || '.'}`,
      })),
    },
    {
      title: 'Base images whose new versions alone caused builds',
      cure: 'Change the versions of shared bases in one push, at a time when machines are free, or together with a release.',
      items: movingBases.map((moved) => ({
        ...moved,
        text: `${moved.base}, ${count(moved.pushes, 'push', 'pushes')}`,
      })),
    },
    {
      title: 'Machines that are larger than recorded builds need',
      cure: 'Name the size as compute in the catalog, or set machineSize to recorded. Minutes and cost are what the replayed builds would have saved.',
      items: machineSizes.filter(({ isLarger }) => !isLarger),
    },
    {
      title: 'Machines with too little memory for recorded builds',
      cure: 'Name the size as compute in the catalog, or set machineSize to recorded. A cost below zero is what the replayed builds would have cost more.',
      items: machineSizes.filter(({ isLarger }) => isLarger),
    },
  ];
  return groups.filter(({ items }) => items.length > 0);
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}
