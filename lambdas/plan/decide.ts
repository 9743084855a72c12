/** Everything between the source and the plan: what registries and stored input lists say, and the decision in `core/plan`. */

import pLimit from 'p-limit';
import { contentTag, objectKeys } from '../../core/contract/keys';
import type { Plan, Reason } from '../../core/contract/plan';
import type { Strategy } from '../../core/contract/run-input';
import { explainDifference, type StoredInputs } from '../../core/input-digest/explain-inputs';
import { type BaseVerdict, basesToLookUp, judgeBases, pinBases } from '../../core/planning/base-images';
import { buildPlan, concernedServices, forcedVersion } from '../../core/planning/build-plan';
import { candidateTagFor, rebuildKey } from '../../core/planning/candidate';
import type { Availability } from '../../core/planning/decide-service';
import type { ImageRegistry, RepositoryName } from '../../core/ports/registry';
import type { Clock, ObjectStore } from '../../core/ports/store';
import type { Settings } from '../../core/settings/schema';
import { createBaseLookup } from './look-up-bases';
import type { Source } from './read-source';

interface DecideDependencies {
  readonly settings: Settings;
  readonly registry: ImageRegistry;
  readonly baseRegistry: Pick<ImageRegistry, 'head'>;
  readonly store: ObjectStore;
  readonly clock: Pick<Clock, 'now'>;
}

/** The plan of the run. Base images are looked up if they decide (`follow`), or are built on; nothing is written. */
export async function decide(run: string, source: Source, dependencies: DecideDependencies): Promise<Plan> {
  const { settings, baseRegistry, store, clock } = dependencies;
  const { input, catalog, inputs, lock } = source;
  const strategy = (input.action === 'release' ? input.strategy : undefined) ?? settings.strategy;
  const services = concernedServices(catalog, input);
  const forced = services.filter((service) => forcedVersion(service, input, strategy) !== undefined);
  const lookUp = createBaseLookup(baseRegistry);
  const facts = { services, forced: new Set(forced.map(({ name }) => name)), inputs, lock, now: clock.now() };

  const following = services.filter(({ bases }) => bases === 'follow').map(({ name }) => name);
  const lookup = await lookUp(basesToLookUp(following, inputs));
  const verdicts = judgeBases({ ...facts, lookup });
  const [available, differences] = await Promise.all([
    findAvailable(source, strategy, verdicts, dependencies),
    explain(source, store),
  ]);
  const plan = buildPlan({ run, strategy, available, differences, verdicts, ...source });

  const built = plan.services.filter(({ action }) => action === 'build').map(({ name }) => name);
  const whole = await lookUp(basesToLookUp([...following, ...built], inputs));
  return pinBases(plan, { services, inputs, lock, lookup: whole, verdicts: judgeBases({ ...facts, lookup: whole }) });
}

/** For every service that differs from its record: which files or parts of the recipe, if the recorded list is stored. */
async function explain(
  { catalog, inputs, lock }: Pick<Source, 'catalog' | 'inputs' | 'lock'>,
  store: ObjectStore,
): Promise<ReadonlyMap<string, readonly Reason[]>> {
  const entries = catalog.services.map(async ({ name }): Promise<[string, readonly Reason[]] | undefined> => {
    const locked = lock.get(name);
    const now = inputs.get(name);
    if (locked === undefined || now === undefined || locked.inputDigest === now.inputDigest) return undefined;
    const stored = await store.get(objectKeys.inputs(name, locked.inputDigest));
    if (stored === undefined) return undefined;
    const before: StoredInputs = JSON.parse(stored.toString('utf8'));
    return [name, explainDifference(before, now)];
  });
  const found = await Promise.all(entries);
  return new Map(found.filter((entry) => entry !== undefined));
}

// Asks the registry which images a plan can use.

/** Look-ups at a time; one service needs at most three. */
const LOOKUPS_AT_ONCE = 16;

/** Asks about every service whose image the plan may need; one that a push leaves as it is needs no question. */
async function findAvailable(
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
    const tag = candidateTagFor(service.name, contentKey, forcedFor === undefined ? salt : rebuildKey(forcedFor));
    const [lockedThere, released, candidate] = await Promise.all([
      locked === undefined ? false : has(release, locked.digest),
      salt === undefined ? has(release, contentTag(contentKey)) : false,
      has(settings.candidates, tag),
    ]);
    return [service.name, { locked: lockedThere, released, candidate }];
  });
  return new Map(await Promise.all(entries));
}
