/** Finds development versions of versions that are out. A push is told about them, and any other run is refused. */
import pLimit from 'p-limit';
import type { Catalog } from '../../core/catalog/model';
import { InvalidInputError } from '../../core/contract/errors';
import type { Plan, PlannedService } from '../../core/contract/plan';
import {
  finalVersionOf,
  type LateVersion,
  lateText,
  lateWarnings,
  nextMinor,
  nextPatch,
  ruledVersion,
  showsRelease,
} from '../../core/planning/version-order';
import type { ImageRegistry } from '../../core/ports/registry';
import { repositoryIn } from '../../core/settings/registry/environment-registry';
import type { Settings } from '../../core/settings/schema';
import type { VersionLock } from '../../core/version/version-lock';

interface VersionOrderFacts {
  readonly catalog: Catalog;
  readonly lock: VersionLock;
  readonly settings: Settings;
  readonly registry: Pick<ImageRegistry, 'head'>;
}

/** Requests at a time, one for each service that gets a development version. */
const LOOKUPS_AT_ONCE = 16;

/** Released versions in a row that a proposal steps over. */
const MAX_STEPS = 20;

/**
 * Returns the plan. If a push gives a development version of a version that is out, the plan has a warning with the edit of the catalog, because a
 * forgotten edit must not stop the team's work. Throws `InvalidInput` for any other action, because a person chose that version. The version lock is
 * asked first, and then the registry, because a branch does not know what another branch released.
 */
export async function checkVersionOrder(plan: Plan, facts: VersionOrderFacts): Promise<Plan> {
  if (plan.action === 'rollback') return plan;
  const late = await findLate(plan.services, facts);
  const [first] = late;
  if (first === undefined) return plan;
  if (plan.action !== 'push') {
    const message = `${lateText(late)}; choose ${nextPatch(first.final)}, ${nextMinor(first.final)} or ${first.final}-hotfix-1`;
    throw new InvalidInputError('the run was refused', [{ path: 'version', message }]);
  }
  const { catalog, settings } = facts;
  const platform = await nextPlatformVersion(plan.services, late, facts);
  return { ...plan, warnings: lateWarnings(late, catalog, settings.catalogFile, platform) };
}

async function findLate(services: readonly PlannedService[], facts: VersionOrderFacts): Promise<LateVersion[]> {
  const limit = pLimit(LOOKUPS_AT_ONCE);
  const found = services.map(async (service): Promise<LateVersion[]> => {
    const version = ruledVersion(service.version) ?? '';
    const final = finalVersionOf(version);
    if (final === undefined) return [];
    const isOut =
      showsRelease(facts.lock.get(service.name)?.version, final) ||
      (await limit(() => isReleased(service, final, facts)));
    return isOut ? [{ service: service.name, version, final }] : [];
  });
  return (await Promise.all(found)).flat();
}

async function isReleased(
  { image }: Pick<PlannedService, 'image'>,
  version: string,
  { settings: { releases }, registry }: VersionOrderFacts,
): Promise<boolean> {
  return (await registry.head(repositoryIn(releases, image), version)) !== undefined;
}

/** Returns the next version that the registry does not have yet either. */
async function nextPlatformVersion(
  services: readonly PlannedService[],
  [late]: readonly LateVersion[],
  facts: VersionOrderFacts,
): Promise<string> {
  const released = [...facts.lock.values()].map(({ version }) => version).filter((each) => showsRelease(each, each));
  let next = nextMinor(facts.catalog.platformVersion, released);
  const service = services.find(({ name }) => name === late?.service);
  for (let step = 0; service !== undefined && step < MAX_STEPS; step += 1) {
    if (!(await isReleased(service, next, facts))) break;
    next = nextMinor(next);
  }
  return next;
}
