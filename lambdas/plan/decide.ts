/** Everything between the source and the plan: what registries and stored input lists say, and the decision in `core/plan`. */
import type { Plan, Reason } from '../../core/contract';
import { explainDifference, type StoredInputs } from '../../core/inputs/explain-inputs';
import { objectKeys } from '../../core/keys';
import { basesToLookUp, judgeBases } from '../../core/plan/base-images';
import { buildPlan, concernedServices, forcedVersion } from '../../core/plan/build-plan';
import { pinBases } from '../../core/plan/pin-bases';
import type { Clock, ImageRegistry, ObjectStore } from '../../core/ports';
import type { Settings } from '../../core/settings';
import { findAvailable } from './find-available';
import { createBaseLookup } from './look-up-bases';
import type { Source } from './read-source';

export interface DecideDependencies {
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
