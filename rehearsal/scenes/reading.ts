/** What scenes read of the repository and the registry. */
import { parse } from 'yaml';
import { readTags } from '../checks/account';
import { expectSame } from '../failure';
import { NAMESPACE } from '../monorepo';
import type { World } from '../world';

/** Tags by service, as the values file of the branch has them. */
export function tagsIn({ repository }: World, branch: string, file: string): Readonly<Record<string, string>> {
  const chart = parse(repository.git('show', `${branch}:${file}`)) as Record<string, { image?: { tag: string } }>;
  return Object.fromEntries(Object.entries(chart).flatMap(([name, { image }]) => (image ? [[name, image.tag]] : [])));
}

/** The commit at the head of the branch. */
export function headOf({ repository }: World, branch: string): string {
  return repository.git('rev-parse', `refs/heads/${branch}`);
}

/** What happened between the two: builds that were ordered, commits on the branch, version tags that were put. */
export async function snapshot(world: World, branch: string) {
  const versions = [...(await readTags(world)).keys()].filter(
    (tag) => tag.startsWith(`${NAMESPACE}/`) && /:v\d/.test(tag),
  );
  return { builds: world.machine.orders.length, head: headOf(world, branch), versions: versions.sort() };
}

/** Throws `SceneFailure` unless nothing was built, committed or tagged since. */
export async function expectNothingSince(
  world: World,
  branch: string,
  before: Awaited<ReturnType<typeof snapshot>>,
): Promise<void> {
  expectSame(await snapshot(world, branch), before, 'what was built, committed and tagged');
}
