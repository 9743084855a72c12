/** Asks the registry which images a plan can use. */
import pLimit from 'p-limit';
import { contentTag } from '../../core/keys';
import type { BaseVerdict } from '../../core/plan/base-images';
import { concernedServices, forcedVersion } from '../../core/plan/build-plan';
import { candidateTagFor, forcedSalt } from '../../core/plan/candidate';
import type { Availability } from '../../core/plan/decide-service';
import type { ImageRegistry, RepositoryName } from '../../core/ports';
import type { Strategy } from '../../core/run-input';
import type { Settings } from '../../core/settings';
import type { Source } from './read-source';

/** Look-ups at a time; one service needs at most three. */
const LOOKUPS_AT_ONCE = 16;

/** Asks about every service whose image the plan may need; one that a push leaves as it is needs no question. */
export async function findAvailable(
  source: Source,
  strategy: Strategy,
  verdicts: ReadonlyMap<string, BaseVerdict>,
  { settings, registry }: { readonly settings: Settings; readonly registry: ImageRegistry },
): Promise<ReadonlyMap<string, Availability>> {
  const limit = pLimit(LOOKUPS_AT_ONCE);
  const { input, catalog, inputs, lock } = source;
  const { host, namespace } = settings.releases;
  const has = async (name: RepositoryName, reference: string) =>
    (await limit(() => registry.head(name, reference))) !== undefined;

  const entries = concernedServices(catalog, input).map(async (service): Promise<[string, Availability]> => {
    const inputDigest = inputs.get(service.name)?.inputDigest ?? '';
    const { contentKey = inputDigest, reasons = [], salt } = verdicts.get(service.name) ?? {};
    const locked = lock.get(service.name);
    const isLeft = locked?.inputDigest === inputDigest && reasons.length === 0;
    if (isLeft && input.action === 'push') return [service.name, { locked: true, released: false, candidate: false }];
    const release = { host, repository: `${namespace}/${service.image}` };
    const forcedFor = forcedVersion(service, input, strategy);
    const tag = candidateTagFor(service.name, contentKey, forcedFor === undefined ? salt : forcedSalt(forcedFor));
    const [lockedThere, released, candidate] = await Promise.all([
      locked === undefined ? false : has(release, locked.digest),
      salt === undefined ? has(release, contentTag(contentKey)) : false,
      has(settings.candidates, tag),
    ]);
    return [service.name, { locked: lockedThere, released, candidate }];
  });
  return new Map(await Promise.all(entries));
}
