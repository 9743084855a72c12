/** Reads the repository and the registry, to compare them before and after an event. */
import { parse } from 'yaml';
import { readTags } from '../checks/account';
import { expectSame } from '../failure';
import { NAMESPACE } from '../monorepo';
import type { World } from '../world';

/** Returns the tags in a values file of the branch, by service. */
export function tagsIn({ repository }: World, branch: string, file: string): Readonly<Record<string, string>> {
  const chart = parse(repository.git('show', `${branch}:${file}`)) as Record<string, { image?: { tag: string } }>;
  return Object.fromEntries(Object.entries(chart).flatMap(([name, { image }]) => (image ? [[name, image.tag]] : [])));
}

/** Returns the commit at the head of the branch. */
export function headOf({ repository }: World, branch: string): string {
  return repository.git('rev-parse', `refs/heads/${branch}`);
}

/** Returns the number of started builds, the head of the branch, and all version tags. */
export async function snapshot(world: World, branch: string) {
  const versions = [...(await readTags(world)).keys()].filter(
    (tag) => tag.startsWith(`${NAMESPACE}/`) && /:v\d/.test(tag),
  );
  return { builds: world.machine.orders.length, head: headOf(world, branch), versions: versions.sort() };
}

/** Throws `SceneFailure` if anything was built, committed or tagged since the snapshot. */
export async function expectNothingSince(
  world: World,
  branch: string,
  before: Awaited<ReturnType<typeof snapshot>>,
): Promise<void> {
  expectSame(await snapshot(world, branch), before, 'builds, head and version tags');
}
