/** Replaces the environments of a team on one machine: a cluster, and a GitOps tool that deploys to it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../adapters/clock';
import { localAccess } from '../../adapters/registry/client/keychain';
import { createOciRegistry } from '../../adapters/registry/oci-registry';
import type { Service } from '../../core/catalog/model';
import { parseCatalog } from '../../core/catalog/parse-catalog';
import type { TagPlace } from '../../core/contract/image';
import type { SourceGit, ValuesGit } from '../../core/ports/git';
import type { Environment } from '../../core/settings/environment-schema';
import { filesOf } from '../../core/settings/files/environment-files';
import { valuesBranch } from '../../core/settings/files/values-repository';
import { type ImagePlace, imageNameIn, registryOf } from '../../core/settings/registry/environment-registry';
import { promotionBranch } from '../../core/settings/rollout-rules';
import type { Settings } from '../../core/settings/schema';
import { locateTag } from '../../core/values/files/locate-tag';
import { type OpenFile, openFiles } from '../../core/values/files/values-files';
import { findImageField } from '../../core/values/image-fields';
import { currentValue } from '../../core/values/scan-leaves';
import { parseVersionLock } from '../../core/version/version-lock';
import { type LocalCluster, startCluster } from './start-cluster';

/** The running stand-ins. */
export interface LocalEnvironments {
  readonly cluster: LocalCluster;
  close(): Promise<void>;
}

/** Starts the embedded cluster, empty at first, at the environments' address, and what deploys to it. Throws `InvalidInput` if the port is taken. */
export async function startEnvironments(
  settings: Settings,
  repositories: Pick<FollowOptions, 'git' | 'valuesGit'>,
): Promise<LocalEnvironments> {
  const address = settings.environments.flatMap(({ deploy }) => deploy?.cluster ?? [])[0] ?? '';
  const registry = createOciRegistry(localAccess(systemClock, settings.plainHttp));
  const cluster = await startCluster({ registry, port: Number(new URL(address).port) });
  const following = followBranches({ cluster, ...repositories, settings });
  return {
    cluster,
    close: async () => {
      await following.close();
      await cluster.close();
    },
  };
}

interface FollowOptions {
  readonly cluster: LocalCluster;
  readonly git: Pick<SourceGit, 'head' | 'readFiles' | 'holds'>;
  readonly valuesGit: Pick<ValuesGit, 'head' | 'readFiles' | 'holds'>;
  readonly settings: Settings;
}

/** Time between two looks at the branches, in ms. */
const PACE = 300;

/**
 * The embedded GitOps tool: it deploys the values file of each environment when its branch moves, and reports that as an Application of Argo
 * CD, until it is closed. No chart is rendered: every service of the catalog becomes one Deployment.
 */
function followBranches(options: FollowOptions): { close(): Promise<void> } {
  const environments = options.settings.environments.filter(({ deploy }) => deploy?.with === 'argocd');
  const deployed = new Map<string, string>();
  const stop = new AbortController();
  const following = (async () => {
    while (!stop.signal.aborted) {
      // A look that fails is repeated: the repository may be locked for a moment.
      for (const each of environments) await deployNewest(each, deployed, options).catch(() => undefined);
      await sleep(PACE, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  })();
  return {
    close: async () => {
      stop.abort();
      await following;
    },
  };
}

async function deployNewest(
  environment: Environment,
  deployed: Map<string, string>,
  { cluster, git, valuesGit, settings }: FollowOptions,
): Promise<void> {
  const { name, deploy } = environment;
  if (deploy?.with !== 'argocd') return;
  const branch = promotionBranch(settings, name);
  if (branch === undefined) return;
  const head = await valuesGit.head(valuesBranch(settings, branch));
  if (head === undefined || deployed.get(name) === head) return;
  const { values, lock } = filesOf(environment);
  const { catalogFile, valuesRepository } = settings;
  const files = await valuesGit.readFiles(head, [catalogFile, lock, ...values.map(({ path }) => path)]);
  const source = valuesRepository === undefined ? undefined : await git.head(branch);
  const found = source === undefined ? files : await git.readFiles(source, [catalogFile]);
  const catalog = found.get(catalogFile);
  if (catalog === undefined || values.some(({ path }) => !files.has(path))) return;
  const opened = openFiles(values, files);
  const recorded = parseVersionLock(files.get(lock) ?? '', lock);
  const tagOf = ({ name, values: [place] }: Service) =>
    values.length === 0 ? recorded.get(name)?.version : place === undefined ? undefined : tagAt(place, opened);
  cluster.apply(deploy.namespace, imagesOf(catalog, tagOf, registryOf(environment, settings)));
  cluster.put({
    group: 'argoproj.io',
    version: 'v1alpha1',
    plural: 'applications',
    kind: 'Application',
    namespace: deploy.toolNamespace,
    object: application(deploy.application, head),
  });
  deployed.set(name, head);
}

/** Returns the image of each service that has a tag. */
function imagesOf(
  catalogText: string,
  tagOf: (service: Service) => string | undefined,
  place: ImagePlace,
): Readonly<Record<string, string>> {
  const images = parseCatalog(catalogText).services.flatMap((service) => {
    const tag = tagOf(service);
    return tag === undefined ? [] : [[service.name, `${imageNameIn(place, service.image)}:${tag}`]];
  });
  return Object.fromEntries(images);
}

function tagAt(place: TagPlace, files: readonly OpenFile[]): string | undefined {
  const located = locateTag(place, files);
  if ('problem' in located) return undefined;
  const field = findImageField(located.path, located.file.index);
  return 'missing' in field ? undefined : currentValue(field.leaf);
}

function application(name: string, revision: string) {
  return {
    metadata: { name, uid: name },
    spec: {},
    status: {
      sync: { status: 'Synced', revision },
      operationState: { phase: 'Succeeded', syncResult: { revision } },
    },
  };
}
