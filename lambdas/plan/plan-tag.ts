/** Plans the tag of a release, and refuses one that is on another commit before anything is written. */
import { InvalidInputError } from '../../core/contract/errors';
import type { Plan, PlannedTag } from '../../core/contract/plan';
import type { SourceGit } from '../../core/ports/git';
import { tagOfRun } from '../../core/report/release-tag';
import type { Settings } from '../../core/settings/schema';

interface TagFacts {
  readonly settings: Settings;
  readonly git: Pick<SourceGit, 'resolve' | 'isAncestor' | 'holds'>;
}

/** Returns the plan with its tag, if the run makes one. Throws `InvalidInput` if the tag is on another commit. */
export async function planTag(plan: Plan, { settings, git }: TagFacts): Promise<Plan> {
  const name = tagOfRun(plan, settings);
  if (name === undefined || plan.services.length === 0) return plan;
  const [commit, existing] = await Promise.all([sourceOf(plan, git), commitOf(name, git)]);
  const tag: PlannedTag = { name, commit: existing ?? commit };
  // The same release started again is planned at a later commit: the one that it made itself.
  if (existing === undefined || existing === commit || isReleased(plan)) return { ...plan, tag };
  const message = `tag ${name} is there already, on commit ${existing.slice(0, 8)}, and this release is of ${commit.slice(0, 8)}; choose the next version, or remove the tag`;
  throw new InvalidInputError('the run was refused', [{ path: 'version', message }]);
}

/** Returns true if every service that the release gives its version has it already. */
function isReleased({ services, platformVersion }: Plan): boolean {
  const given = services.filter(({ version }) => version.kind === 'exact' && version.version === platformVersion);
  return given.length > 0 && given.every(({ previousVersion }) => previousVersion === platformVersion);
}

/**
 * Returns the commit that a release is of. Images that are promoted come from earlier commits: then it is the one that has all others
 * behind it, or the commit of the plan if there is none.
 */
async function sourceOf({ commit, services }: Plan, git: TagFacts['git']): Promise<string> {
  const sources = [...new Set(services.map(({ made }) => made?.source ?? commit))];
  let newest = sources[0] ?? commit;
  for (const source of sources.slice(1)) if (await git.isAncestor(newest, source)) newest = source;
  for (const source of sources) if (!(await git.isAncestor(source, newest))) return commit;
  return newest;
}

async function commitOf(name: string, git: TagFacts['git']): Promise<string | undefined> {
  try {
    return await git.resolve(`refs/tags/${name}`);
  } catch (error) {
    if (error instanceof InvalidInputError) return undefined;
    throw error;
  }
}
