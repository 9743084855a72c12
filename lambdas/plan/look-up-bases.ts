/** Asks registries for the digests of base images, each once in a run. An unknown digest is no error: the plan says why. */
import pLimit from 'p-limit';
import { withTimeout } from '../../adapters/clock';
import type { RegistryPatience } from '../../adapters/registry/oci-registry';
import { messageOf } from '../../core/contract/errors';
import { parseReference } from '../../core/image/reference';
import type { BaseLookup } from '../../core/planning/base-images';
import type { ImageRegistry } from '../../core/ports/registry';

const LOOKUPS_AT_ONCE = 16;
/** For all lookups together, in ms: a registry that does not answer must not hold up the plan. */
const LONGEST_WAIT = 15_000;
const LONGEST_PROBLEM = 200;

/** For a separate registry client: faults of foreign registries must not use up the plan's own retries. */
export const BASE_LOOKUP_PATIENCE: RegistryPatience = {
  timeout: 5_000,
  retry: { tries: 3, firstWait: 300, longestWait: 2_000 },
};

type Found = { readonly digest: string } | { readonly problem: string };

/** Returns a lookup of base images by their names in Dockerfiles (`python:3.12`). It uses HEAD, which no registry counts as a pull. */
export function createBaseLookup(
  registry: Pick<ImageRegistry, 'head'>,
  longestWait: number = LONGEST_WAIT,
): (names: ReadonlySet<string>) => Promise<BaseLookup> {
  const limit = pLimit(LOOKUPS_AT_ONCE);
  const known = new Map<string, Promise<Found>>();
  const late: Found = { problem: `its registry did not answer within ${longestWait / 1000} s` };
  const find = (name: string): Promise<Found> => {
    const asked = () =>
      withTimeout(
        limit(() => ask(name, registry)),
        longestWait,
        late,
      );
    const found = known.get(name) ?? asked();
    known.set(name, found);
    return found;
  };
  return async (names) => {
    const found = await Promise.all([...names].map(async (name) => ({ name, ...(await find(name)) })));
    return {
      digests: new Map(found.flatMap((each) => ('digest' in each ? [[each.name, each.digest]] : []))),
      problems: new Map(found.flatMap((each) => ('problem' in each ? [[each.name, each.problem]] : []))),
    };
  };
}

async function ask(name: string, registry: Pick<ImageRegistry, 'head'>): Promise<Found> {
  if (name.includes('$')) return { problem: 'only the build knows which image it is' };
  try {
    const { host, repository, tag = 'latest', digest } = parseReference(name);
    const found = await registry.head({ host, repository }, digest ?? tag);
    return found === undefined ? { problem: `${host} has no such image` } : { digest: found };
  } catch (error) {
    return { problem: messageOf(error).replace(/\s+/g, ' ').slice(0, LONGEST_PROBLEM) };
  }
}
