/** Staging on `develop`, production on `main`, and releases that were committed to both, for tests of promotions and rollbacks. */
import { objectKeys } from '../../../../core/contract/keys';
import type { Plan } from '../../../../core/contract/plan';
import { parseSettings } from '../../../../core/settings/parse-settings';
import { printTrailers } from '../../../../core/version/commit-message';
import { parseVersionLock, printVersionLock } from '../../../../core/version/version-lock';
import { CATALOG, VALUES } from '../../../support/pipeline/small-pipeline';
import { makePlanWorld, type PlanWorld } from '../plan-world';

const HOST = 'registry.example';
export const STAGING = 'chart/version-lock-staging.yaml';
export const PRODUCTION = 'chart/version-lock.yaml';
export const ALL = ['auth', 'etcd', 'ngui', 'restapi'];

/** A release that some run committed. `services` default to all, `source` to the head of the branch. */
export interface CommittedRelease {
  readonly version: string;
  readonly services?: readonly string[];
  readonly source?: string;
  readonly run?: string;
}

export interface PromotionWorld extends PlanWorld {
  /** Seeds the images of a release and commits its records to the environment's lock. Returns the commit. */
  commitRelease(branch: 'develop' | 'main', release: CommittedRelease): string;
  /** The digest of a service's image of that version. */
  digestOf(service: string, version: string): Promise<string | undefined>;
  /** The problems of a run that must be refused, as `path: message`. */
  problemsOf(input: object): Promise<readonly string[]>;
}

export function makePromotionWorld(): PromotionWorld {
  const world = makePlanWorld();
  const { repository, registry, dependencies } = world;
  const settings = parseSettings({
    git: { host: 'github', repository: 'team/monorepo' },
    releases: { host: HOST, namespace: 'team' },
    candidates: { host: HOST, repository: 'candidates' },
    environments: [
      { name: 'staging', values: 'chart/values-staging.yaml' },
      { name: 'production', values: 'chart/values.yaml' },
    ],
    branches: [
      { branch: 'main', allow: ['promote', 'rollback'], environment: 'production' },
      { branch: 'develop', allow: ['push', 'promote', 'rollback'], version: '{version}-dev', environment: 'staging' },
      { branch: 'next', allow: ['push'], version: '{version}-next', environment: 'staging' },
    ],
  });
  Object.assign(dependencies, { settings });
  repository.commit('main', { 'pipeline.yaml': CATALOG, 'chart/values-staging.yaml': VALUES });
  repository.git('branch', 'develop', 'main');
  const place = (service: string) => ({ host: HOST, repository: `team/${service}` });
  const lockText = (branch: string, path: string) => repository.git('show', `${branch}:${path}`);

  const commitRelease: PromotionWorld['commitRelease'] = (branch, { version, services = ALL, source, run }) => {
    const path = branch === 'develop' ? STAGING : PRODUCTION;
    const head = repository.git('rev-parse', branch);
    const isThere = repository.git('ls-tree', '--name-only', branch, path) !== '';
    const lock = new Map(isThere ? parseVersionLock(lockText(branch, path), path) : []);
    for (const name of services) {
      const { digest } = registry.seed(place(name), version, `${name} ${version}`);
      lock.set(name, { version, digest, inputDigest: 'd'.repeat(40), source: source ?? head });
    }
    const trailers = run === undefined ? '' : `\n\n${printTrailers({ run, source: source ?? head })}\n`;
    return repository.commit(branch, { [path]: printVersionLock(lock) }, `a release${trailers}`);
  };
  return {
    ...world,
    commitRelease,
    digestOf: (service, version) => registry.head(place(service), version),
    problemsOf: async (input) => {
      const error = await world.plan(input).then(
        () => new Error('the run was planned'),
        (reason: unknown) => reason as Error & { problems?: readonly { path: string; message: string }[] },
      );
      if (!('problems' in error) || error.problems === undefined) throw error;
      if (await dependencies.store.exists(objectKeys.plan('run-1'))) throw new Error('a plan was stored');
      return error.problems.map(({ path, message }) => `${path}: ${message}`);
    },
  };
}

/** The services of a plan as `name version`. */
export function versionsIn({ services }: Plan): readonly string[] {
  return services.map(({ name, version }) => `${name} ${version.kind === 'exact' ? version.version : version.kind}`);
}
