/** Begins the rollout of a run: records the images that its environment must run. */
import pLimit from 'p-limit';
import { parseCatalog } from '../../core/catalog/parse-catalog';
import { objectKeys } from '../../core/contract/keys';
import type { CommitResult, ReleaseRecord } from '../../core/contract/release';
import type { RolledOutImage, RolloutRecord } from '../../core/contract/rollout';
import { readManifestLinks } from '../../core/image/manifest';
import type { SourceGit, ValuesGit } from '../../core/ports/git';
import type { ObjectStore } from '../../core/ports/store';
import { untried } from '../../core/rollout/next-step';
import { environmentNamed } from '../../core/settings/environment';
import type { Environment } from '../../core/settings/environment-schema';
import { filesOf } from '../../core/settings/files/environment-files';
import { valuesBranch } from '../../core/settings/files/values-repository';
import { imageNameIn, registryOf } from '../../core/settings/registry/environment-registry';
import { goesOn } from '../../core/settings/rollout-rules';
import type { Settings } from '../../core/settings/schema';
import { parseVersionLock } from '../../core/version/version-lock';
import { cachedManifest } from '../release/find-manifest';
import { readStored } from '../shared/stored';

interface BeginDependencies {
  readonly settings: Settings;
  readonly git: SourceGit;
  readonly valuesGit: ValuesGit;
  readonly store: ObjectStore;
}

/** A run that continues after its commit, with its first record. */
export interface BegunRollout {
  readonly record: RolloutRecord;
  readonly environment: Environment;
  readonly release: ReleaseRecord;
}

/** Returns the first record, or undefined if the run ends with its commit. */
export async function beginRollout(
  run: string,
  redrives: number,
  dependencies: BeginDependencies,
): Promise<BegunRollout | undefined> {
  const { settings, valuesGit, store } = dependencies;
  const release = await readStored<ReleaseRecord>(store, objectKeys.release(run));
  const environment = environmentNamed(settings, release.environment);
  const { commit: made, superseded } = await readStored<CommitResult>(store, objectKeys.commit(run));
  const released = release.services.map(({ name }) => name).filter((name) => !superseded.includes(name));
  if (!goesOn(settings, environment, release.ref) || released.length === 0) return undefined;
  // A run whose commit would change nothing has none. The head of its branch is checked instead.
  const commit = made ?? (await valuesGit.resolve(`refs/heads/${valuesBranch(settings, release.ref)}`));
  const { lock: lockPath } = filesOf(environment);
  const [last] = await valuesGit.log(commit, lockPath, 1);
  const record: RolloutRecord = {
    schema: 1,
    run,
    redrives,
    isRollback: release.action === 'rollback',
    ...(release.startedBy === undefined ? {} : { startedBy: release.startedBy }),
    lockCommit: last?.commit ?? commit,
    images: await releasedImages(release, commit, environment, dependencies),
    released,
    commands: 0,
    report: { environment: environment.name, commit, services: [], checks: untried(environment.verify ?? {}) },
  };
  return { record, environment, release };
}

const READS_AT_ONCE = 16;

/**
 * Returns the images of all services at the commit, as the version lock records them. The catalog is that of the commit, or that of the
 * release's source if the values files have a repository of their own.
 */
async function releasedImages(
  { commit: source }: ReleaseRecord,
  commit: string,
  environment: Environment,
  { settings, git, valuesGit, store }: BeginDependencies,
): Promise<RolledOutImage[]> {
  const { catalogFile, valuesRepository } = settings;
  const { lock: lockPath } = filesOf(environment);
  const isOne = valuesRepository === undefined;
  const found = await valuesGit.readFiles(commit, isOne ? [catalogFile, lockPath] : [lockPath]);
  const texts = isOne ? found : new Map([...(await git.readFiles(source, [catalogFile])), ...found]);
  const lock = parseVersionLock(texts.get(lockPath) ?? '', lockPath);
  const { services } = parseCatalog(texts.get(catalogFile) ?? '');
  const place = registryOf(environment, settings);
  const limit = pLimit(READS_AT_ONCE);
  const images = services.map(({ name, image }) =>
    limit(async (): Promise<RolledOutImage[]> => {
      const entry = lock.get(name);
      if (entry === undefined) return [];
      const { version, digest } = entry;
      const children = await childDigests(digest, store);
      return [{ service: name, image: imageNameIn(place, image), version, digest, children }];
    }),
  );
  return (await Promise.all(images)).flat();
}

/**
 * Returns the digests of an image's child manifests and configs, because a container runtime reports any of them. Only manifests that the
 * release step has cached are read.
 */
async function childDigests(digest: string, store: ObjectStore): Promise<string[]> {
  const manifest = await cachedManifest(store, digest);
  if (manifest === undefined) return [];
  const { manifests, blobs } = readManifestLinks(manifest.bytes, manifest.mediaType);
  const configs = blobs.filter(({ mediaType }) => /\.(config\.v1|container\.image\.v1)\+json$/.test(mediaType));
  const deeper = await Promise.all(manifests.map((child) => childDigests(child.digest, store)));
  return [...configs.map((config) => config.digest), ...manifests.map((child) => child.digest), ...deeper.flat()];
}
