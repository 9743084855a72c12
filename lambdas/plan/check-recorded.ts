/** What a promotion or a rollback must not do: go back in time by accident, name what cannot be pulled, take a given version. */
import pLimit from 'p-limit';
import { ERROR_NAMES } from '../../core/contract';
import { InvalidInputError, type Problem } from '../../core/errors';
import { type RecordedService, recordedVersion } from '../../core/plan/recorded-plan';
import type { ImageRegistry, ObjectStore, SourceRepository } from '../../core/ports';
import type { RecordedInput } from '../../core/run-input';
import type { Environment, Settings } from '../../core/settings';
import type { VersionLock } from '../../core/version/version-lock';
import { whyNotPullable } from '../pullable';

/** Images looked at together. */
const IMAGES_AT_ONCE = 16;

/** Throws `InvalidInput` for services of which the environment has an image that was made of a later commit. */
export async function refuseBackwards(
  services: readonly RecordedService[],
  { lock, environment }: { readonly lock: VersionLock; readonly environment: Environment },
  git: Pick<SourceRepository, 'isAncestor'>,
): Promise<void> {
  const problems = services.map(async ({ service: { name }, record }): Promise<Problem[]> => {
    const there = lock.get(name);
    if (there === undefined || there.source === record.source) return [];
    if (!(await git.isAncestor(record.source, there.source))) return [];
    const message = `${name} is at ${there.version} in environment ${environment.name}, made of a later commit than ${record.version}; promote that one, or roll back`;
    return [{ path: 'services', message }];
  });
  const found = (await Promise.all(problems)).flat();
  if (found.length > 0) throw new InvalidInputError('a promotion does not go back', found);
}

/** Throws `ImageMissing` with every image that cannot be pulled, and every new version that is another image's. */
export async function refuseMissing(
  services: readonly RecordedService[],
  input: RecordedInput,
  { settings, registry, store }: { settings: Settings; registry: ImageRegistry; store: ObjectStore },
): Promise<void> {
  const limit = pLimit(IMAGES_AT_ONCE);
  const { host, namespace } = settings.releases;
  const checks = services.map((each) =>
    limit(async (): Promise<Problem[]> => {
      const { service, record } = each;
      const name = { host, repository: `${namespace}/${service.image}` };
      const reason = await whyNotPullable(name, record.version, record.digest, { registry, store });
      if (reason !== undefined) return [{ path: service.name, message: reason }];
      const version = recordedVersion(each, input);
      const holder = version === record.version ? undefined : await registry.head(name, version);
      if (holder === undefined || holder === record.digest) return [];
      const message = `${host}/${name.repository}:${version} is ${holder} already; a version is given once, so choose the next one`;
      return [{ path: service.name, message }];
    }),
  );
  const problems = (await Promise.all(checks)).flat();
  if (problems.length === 0) return;
  throw new InvalidInputError('the recorded images cannot be used', problems, undefined, ERROR_NAMES.imageMissing);
}
