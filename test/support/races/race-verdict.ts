/** The verdict on a schedule: its problems, and a check that the change to the branch affected a run. */
import type { Upset } from './branch-upsets';
import { breachesIn } from './commit-invariants';
import type { Try } from './race-schedule';
import type { RaceWorld } from './race-world';

const REFUSALS: Readonly<Record<Upset, RegExp>> = {
  rewound: /^never$/,
  deleted: /^branch '?main'? (does not exist|no longer exists|was deleted)/,
  protected: /^branch 'main' cannot be updated: .*declined/,
};

/** Returns everything that is wrong with a schedule. One whose change met no run is void, which is wrong, too. */
export async function verdictOf(world: RaceWorld, tries: readonly Try[], upset?: Upset): Promise<readonly string[]> {
  return [...badEnds(world, upset), ...voidReasons(world, tries, upset), ...(await breachesIn(world))];
}

/** A run may end with an error only if the branch cannot be moved any more, and must say so. */
function badEnds({ runs }: RaceWorld, upset: Upset | undefined): readonly string[] {
  return runs.flatMap(({ record, error }) => {
    const isTrue = error === undefined || (upset !== undefined && REFUSALS[upset].test(error.message));
    return isTrue ? [] : [`${record.run}: ${error}`];
  });
}

/** A change to the branch must meet a run; otherwise the case shows nothing. */
function voidReasons({ runs, cuts }: RaceWorld, tries: readonly Try[], upset: Upset | undefined): readonly string[] {
  if (upset === undefined) return [];
  const [cut] = cuts;
  const kept = new Set(cut === undefined ? [] : cut.log.slice(0, cut.log.indexOf(cut.to ?? '') + 1));
  const isMet =
    upset === 'rewound'
      ? cut !== undefined &&
        tries.some(({ parent, isMoved }) => isMoved && !kept.has(parent) && cut.log.includes(parent))
      : runs.some(({ error }) => error !== undefined);
  return isMet ? [] : [`void: no run noticed that the branch was ${upset}`];
}
