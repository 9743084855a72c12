/** What services were made of by the version lock of a commit: what a plan without base compares with. */
import type { Comparison, EarlierInputs } from '../../core/plan/compare';
import { parseVersionLock } from '../../core/version/version-lock';
import type { Snapshot } from './discover';
import type { PlanningRepository } from './repository';

const LOCK_FILE = 'version-lock.yaml';

/**
 * The records of the version lock, of which the commit has one beside its values file, or none if it was never released. With several
 * (one per environment) the first by path is taken.
 */
export async function recordedInputs(
  repository: PlanningRepository,
  { tree }: Snapshot,
): Promise<Pick<Comparison, 'before' | 'newText'>> {
  const entry = tree.entries.find(({ path }) => path === LOCK_FILE || path.endsWith(`/${LOCK_FILE}`));
  if (entry === undefined)
    return { before: new Map(), newText: `the commit has no ${LOCK_FILE}, so no release is known` };
  const text = (await repository.blobs([entry.id])).get(entry.id)?.toString('utf8') ?? '';
  const lock = parseVersionLock(text, entry.path);
  const entries = [...lock].map(([name, { inputDigest, version, source }]): [string, EarlierInputs] => [
    name,
    { inputDigest, where: `${version} (${source.slice(0, 8)})` },
  ]);
  return { before: new Map(entries), newText: `${entry.path} has no record of this service` };
}
