/** A values branch to which many runs commit at once: a real repository behind a git host, and a record of all versions given. */
import { createHash } from 'node:crypto';
import pLimit from 'p-limit';
import { createAzureHost } from '../../../adapters/git/azure/git-host';
import { createBitbucketHost } from '../../../adapters/git/bitbucket/git-host';
import { createGitHubHost } from '../../../adapters/git/github/git-host';
import { createGitLabHost } from '../../../adapters/git/gitlab/git-host';
import { createLocalGitHost } from '../../../adapters/git/local/git-host';
import { objectKeys } from '../../../core/contract/keys';
import type { CommitResult, ReleasedService, ReleaseRecord } from '../../../core/contract/release';
import type { GitHost } from '../../../core/ports/git';
import type { Clock } from '../../../core/ports/store';
import { parseSettings } from '../../../core/settings/parse-settings';
import type { SettingsInput } from '../../../core/settings/schema';
import { commitStep } from '../../../lambdas/commit/commit';
import { commitForeignFiles } from '../git/foreign-commit';
import { createRepository, type TestRepository } from '../git/git-repository';
import { AZURE_REPOSITORY, AZURE_TOKEN, startFakeAzure } from '../git-hosts/azure/fake-azure';
import { BITBUCKET_REPOSITORY, BITBUCKET_TOKEN, startFakeBitbucket } from '../git-hosts/bitbucket/fake-bitbucket';
import { startFakeGitHub, TOKEN } from '../git-hosts/fake-github';
import { GITLAB_TOKEN, startFakeGitLab } from '../git-hosts/fake-gitlab';
import { createMemoryStore } from '../pipeline/memory-state';
import type { Cut } from './branch-upsets';

export const SERVICES = ['auth', 'etcd', 'katara', 'mongo', 'ngui', 'restapi'];
export const FILES = {
  values: 'chart/values.yaml',
  lock: 'chart/version-lock.yaml',
  images: 'chart/IMAGE_VERSIONS.md',
} as const;
export const FIRST_VERSION = 'v1.0.0';

const CATALOG = `platform: v1.1.0\nservices:\n${SERVICES.map((name) => `  ${name}: ${name}\n`).join('')}`;

/** Which services each values file has: all in one, two in each of an umbrella chart, its subchart and another chart, or none. */
const LAYOUTS = {
  'one file': { [FILES.values]: SERVICES },
  'three files of two charts': {
    [FILES.values]: ['auth', 'etcd'],
    'chart/charts/data/values.yaml': ['katara', 'mongo'],
    'front/values.yaml': ['ngui', 'restapi'],
  },
  'no file': {},
} as const satisfies Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

export type Layout = keyof typeof LAYOUTS;

function valuesText(services: readonly string[]): string {
  const own = services.map((name) => `${name}: { image: { tag: *tag } } # ${name}'s own`);
  return ['# Default values.', 'tag: &tag v0.9.0', '', ...own, 'replicas: 1', ''].join('\n');
}

/** Returns the part of the settings that names the files of a world. */
export function filesSettings(values: RaceWorld['values']): Pick<SettingsInput, 'valuesFile' | 'environments'> {
  const paths = Object.keys(values);
  if (paths.length === 1) return { valuesFile: FILES.values };
  const named = Object.fromEntries(paths.map((path, index) => [`file${index}`, path]));
  return {
    environments: [{ name: 'default', ...(paths.length === 0 ? {} : { values: named }), lock: FILES.lock }],
  };
}

/** Waits are shorter than real ones, so that eight runs and all their tries take a second. */
const FASTER = 4;
export const FAST_CLOCK: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds / FASTER)),
};

/** The end of a run: the step's result, or its error. */
export interface PlayedRun {
  readonly record: ReleaseRecord;
  readonly result?: CommitResult;
  readonly error?: Error;
}

export interface RaceWorld {
  readonly repository: TestRepository;
  /** The values files, each with its services. */
  readonly values: Readonly<Record<string, readonly string[]>>;
  /** The address of the host's server (`http://127.0.0.1:port`); empty for a repository on disk. */
  readonly url: string;
  /** The host that runs use. */
  readonly host: GitHost;
  /** The host that other people use. */
  readonly foreign: GitHost;
  /** Every version that was ever given, by `service version`. Giving one twice with another digest throws. */
  readonly registry: ReadonlyMap<string, string>;
  /** Every commit that other people made. */
  readonly foreignCommits: Set<string>;
  readonly runs: PlayedRun[];
  /** The monorepo, if the values files have a repository of their own. */
  readonly sources?: Sources;
  /** The forced moves of the branch. */
  readonly cuts: Cut[];
  /** Calls `happens` just before the server sees its `nth` push from now on. Only git's own server supports that. */
  beforePush(nth: number, happens: () => void): void;
  /** Releases the services as the release step would, and then runs the commit step. Never throws. */
  play(record: ReleaseRecord, host?: GitHost): Promise<PlayedRun>;
  /** Adds a foreign commit: `edit` returns the files for the current head. Retries until it succeeds; throws if the branch is gone. */
  commitForeign(message: string, edit: (head: string) => Promise<Record<string, string>>): Promise<string>;
  stop(): Promise<void>;
}

/** A monorepo beside the world's repository. `main` has every source commit, the oldest first. */
export interface Sources {
  readonly repository: TestRepository;
  commit(message: string, files: Readonly<Record<string, string>>): string;
}

/** The branch `main` does not exist any more. */
export class BranchGoneError extends Error {}

export type HostKind = 'a repository on disk' | 'GitHub' | 'git http-backend' | 'Bitbucket Cloud' | 'Azure DevOps';

/** Makes the world and releases v1.0.0 of all its services. */
export async function makeRaceWorld(kind: HostKind, layout: Layout = 'one file'): Promise<RaceWorld> {
  const values = LAYOUTS[layout];
  const settings = parseSettings({
    git: { host: 'github', repository: 'team/monorepo' },
    ...filesSettings(values),
    releases: { host: 'registry.example', namespace: 'team' },
    candidates: { host: 'registry.example', repository: 'candidates' },
  });
  const repository = createRepository();
  repository.git('config', 'core.logAllRefUpdates', 'always');
  const sources = Object.fromEntries(SERVICES.map((name) => [`${name}/main.py`, '0']));
  const texts = Object.fromEntries(Object.entries(values).map(([path, names]) => [path, valuesText(names)]));
  const first = repository.commit('main', { ...texts, 'pipeline.yaml': CATALOG, ...sources }, 'first');
  const { host, url, beforePush, stop } = await hostOf(kind, repository);
  // The fake GitHub is atomic only among its own clients.
  const foreign = kind === 'GitHub' ? host : createLocalGitHost(repository.path);
  const commitTo = kind === 'GitHub' ? host.commit : commitForeignFiles.bind(undefined, repository);
  const registry = new Map<string, string>();
  const runs: PlayedRun[] = [];
  const foreignCommits = new Set<string>([first]);

  async function play(record: ReleaseRecord, through = host): Promise<PlayedRun> {
    for (const { name, version, digest } of record.services) {
      const there = registry.get(`${name} ${version}`) ?? digest;
      if (there !== digest) throw new Error(`${name} ${version} was given twice`);
      registry.set(`${name} ${version}`, digest);
    }
    const store = createMemoryStore();
    await store.put(objectKeys.release(record.run), JSON.stringify(record));
    const dependencies = { settings, git: through, valuesGit: through, store, clock: FAST_CLOCK, random: Math.random };
    const played = await commitStep({ run: record.run }, dependencies).then(
      (result): PlayedRun => ({ record, result }),
      (error: Error): PlayedRun => ({ record, error }),
    );
    runs.push(played);
    return played;
  }

  // People take turns. If they raced against each other, too, the runs would hardly get a turn.
  const inTurn = pLimit(1);
  function commitForeign(message: string, edit: (head: string) => Promise<Record<string, string>>): Promise<string> {
    return inTurn(async () => {
      for (;;) {
        const parent = await foreign.head('main');
        if (parent === undefined) throw new BranchGoneError('the branch is gone, so that people cannot commit to it');
        const files = Object.entries(await edit(parent)).map(([path, content]) => ({ path, content }));
        const attempt = await commitTo({ branch: 'main', parent, files, message });
        if (attempt.kind === 'moved') continue;
        foreignCommits.add(attempt.commit);
        return attempt.commit;
      }
    });
  }

  const cuts: Cut[] = [];
  const seen = { repository, values, url, host, foreign, registry, foreignCommits, runs, cuts };
  const world = { ...seen, beforePush, play, commitForeign };
  await play(releaseOf('run-first', first, FIRST_VERSION));
  return {
    ...world,
    stop: async () => {
      await stop?.();
      repository.remove();
    },
  };
}

interface Hosted extends Pick<RaceWorld, 'host' | 'url' | 'beforePush'> {
  stop?(): Promise<void>;
}

async function hostOf(kind: HostKind, repository: TestRepository): Promise<Hosted> {
  const beforePush = () => {
    throw new Error(`pushes to ${kind} cannot be counted`);
  };
  if (kind === 'a repository on disk') return { host: createLocalGitHost(repository.path), url: '', beforePush };
  if (kind === 'GitHub') {
    const github = await startFakeGitHub(remembering(repository));
    return { host: gitHubAt(github.apiUrl), url: github.apiUrl, beforePush, stop: () => github.stop() };
  }
  if (kind === 'Bitbucket Cloud') {
    const { url, apiUrl, stop } = await startFakeBitbucket(repository);
    const token = async () => BITBUCKET_TOKEN;
    const options = { repository: BITBUCKET_REPOSITORY, apiUrl, token, clock: FAST_CLOCK };
    return { host: createBitbucketHost(options), url, beforePush, stop };
  }
  if (kind === 'Azure DevOps') {
    const { url, apiUrl, stop } = await startFakeAzure(repository);
    const options = { repository: AZURE_REPOSITORY, apiUrl, token: async () => AZURE_TOKEN, clock: FAST_CLOCK };
    return { host: createAzureHost(options), url, beforePush, stop };
  }
  const gitlab = await startFakeGitLab(repository);
  return {
    host: gitLabAt(gitlab.url),
    url: gitlab.url,
    beforePush: (nth, happens) => {
      let pushes = 0;
      gitlab.fault = (path) => {
        if (path === 'git-receive-pack') pushes += 1;
        if (path === 'git-receive-pack' && pushes === nth) happens();
        return undefined;
      };
    },
    stop: () => gitlab.stop(),
  };
}

/** The repository with a cache of everything that an object id determines: each process of git blocks the fake. */
function remembering(repository: TestRepository): TestRepository {
  const known = new Map<string, string>();
  const git = (...args: string[]) => {
    const question = args.join(' ');
    const isFixed = / (ls-tree|cat-file -t) [0-9a-f]{40}\b/.test(` ${question}`);
    const answer = known.get(question) ?? repository.git(...args);
    if (isFixed) known.set(question, answer);
    return answer;
  };
  return { ...repository, git };
}

/** The GitHub adapter on the fake GitHub, or on a proxy in front of it. */
export function gitHubAt(apiUrl: string): GitHost {
  return createGitHubHost({
    repository: 'cloud-tuner/optscale',
    apiUrl,
    token: async () => TOKEN,
    clock: FAST_CLOCK,
  });
}

/** The GitLab adapter on git's own `http-backend`, or on a proxy in front of it. */
export function gitLabAt(url: string): GitHost {
  return createGitLabHost({
    repository: 'cloud-tuner/platform/optscale',
    apiUrl: `${url}/api/v4`,
    token: async () => GITLAB_TOKEN,
    clock: FAST_CLOCK,
  });
}

/** A service as the release step records it. Name, version and source determine its digests. */
export function releasedService(name: string, version: string, source: string): ReleasedService {
  const sha = (text: string, length: number) => createHash('sha256').update(text).digest('hex').slice(0, length);
  return {
    name,
    image: name,
    version,
    digest: `sha256:${sha(`${name} ${version}`, 64)}`,
    inputDigest: sha(`${name} ${source}`, 40),
    source,
    values: [`${name}.image.tag`],
    followsPlatform: false,
  };
}

/** The release record of a push that gave these services the version. */
export function pushOf(run: string, commit: string, version: string, names: readonly string[]): ReleaseRecord {
  const services = names.map((name) => releasedService(name, version, commit));
  return { schema: 1, run, action: 'push', commit, ref: 'main', environment: 'default', services };
}

/** The release record of the whole platform. */
export function releaseOf(run: string, commit: string, version: string): ReleaseRecord {
  const services = SERVICES.map((name) => ({ ...releasedService(name, version, commit), followsPlatform: true }));
  return { ...pushOf(run, commit, version, []), action: 'release', platformVersion: version, services };
}
