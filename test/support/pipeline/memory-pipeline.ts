/**
 * Whole runs with the deployed state machine and the real steps, on a repository on disk with all else in memory. Nothing is built: every image
 * of the first commit is in the registry. A cluster runs what the version lock names at once, and waits take no time.
 */
import { createLocalGitHost } from '../../../adapters/git/local/git-host';
import { createLocalTags } from '../../../adapters/git/local/tags';
import { signerOf } from '../../../adapters/signing/open-signer';
import { contentTag, objectKeys } from '../../../core/contract/keys';
import type { Plan } from '../../../core/contract/plan';
import type { CommitRequest, DeliverRequest } from '../../../core/contract/release';
import type { EndRequest } from '../../../core/contract/report';
import type { RolloutPhase, RolloutRequest, RolloutStep } from '../../../core/contract/rollout';
import type { PullRequestHost } from '../../../core/ports/pull-request';
import { parseSettings } from '../../../core/settings/parse-settings';
import { parseVersionLock } from '../../../core/version/version-lock';
import { commitOrPropose } from '../../../lambdas/commit/commit';
import { endStep } from '../../../lambdas/end/end';
import { announcedPlanStep, planStep } from '../../../lambdas/plan/plan';
import { releaseOrDeliver } from '../../../lambdas/release/deliver';
import { reportStep } from '../../../lambdas/report/report';
import { rolloutStep } from '../../../lambdas/rollout/rollout';
import { tagStep } from '../../../lambdas/tag/tag';
import { synthesizePipeline } from '../../../local/runtime/definition';
import {
  type ExecutionResult,
  type FurtherRun,
  runExecution,
  type StateEvent,
} from '../../../local/runtime/state-machine';
import { runningPod, snapshot } from '../cluster/objects';
import { createRepository, type TestRepository } from '../git/git-repository';
import { createMemoryRegistry, type MemoryRegistry } from '../registry/memory-registry';
import { createMemoryClaims, createMemoryStore } from './memory-state';
import { CATALOG, FILES } from './small-pipeline';

const HOST = 'registry.example';
const REPORTED = { region: 'eu-central-1', records: ['rollout', 'tag', 'proposal'] } as const;

/** A call of a step, or the start of another run. */
export interface StepCall {
  readonly run: string;
  /** The state, such as `Verify`. */
  readonly state: string;
  readonly when: 'before' | 'after';
}

export interface MemoryRun {
  readonly result: ExecutionResult;
  /** The states that were entered, with their inputs. */
  readonly entered: readonly { readonly name: string; readonly input: unknown }[];
}

interface RunOptions {
  /** Continues an execution from this state, as Step Functions does. `again`: from its start, as one machine does. */
  readonly redrive?: { readonly state: string; readonly input: unknown } | 'again';
  readonly signal?: AbortSignal;
}

export interface MemoryPipeline {
  readonly repository: TestRepository;
  /** The repository with the values files; the same one unless the settings name a values repository. */
  readonly values: TestRepository;
  /** Statuses that the checked addresses answer; 200 for any other. */
  readonly answers: Map<string, number>;
  readonly registry: MemoryRegistry;
  /** Called around each step. What it throws is the error of the step. */
  onStep: (call: StepCall) => Promise<void> | void;
  run(name: string, input: object, options?: RunOptions): Promise<MemoryRun>;
  /** The commits of a run, the newest first. */
  commitsOf(run: string): readonly string[];
  read(path: string): string;
  stored<Value>(key: string): Promise<Value>;
  remove(): void;
}

/** Opens the pipeline and releases v1.4.0. `files` are further files of the first commit, `pullsOf` opens the git host's pull requests. */
export async function openMemoryPipeline(
  settings: object,
  files: Readonly<Record<string, string>> = {},
  pullsOf?: (repository: TestRepository) => Promise<PullRequestHost>,
): Promise<MemoryPipeline> {
  const repository = createRepository();
  const isOne = !('valuesRepository' in settings);
  const values = isOne ? repository : createRepository();
  const all = Object.entries({ ...FILES, ...files });
  const isValues = ([path]: (typeof all)[number]) => isOne || path.startsWith('chart/');
  const commit = repository.commit('main', Object.fromEntries(all.filter((file) => isOne || !isValues(file))));
  if (!isOne) values.commit('main', Object.fromEntries(all.filter(isValues)));
  const parsed = parseSettings({
    git: { host: 'local', path: repository.path },
    branches: [{ branch: 'main', allow: ['release', 'build', 'promote', 'rollback'] }],
    releases: { host: HOST, namespace: 'team' },
    candidates: { host: HOST, repository: 'candidates' },
    ...settings,
    ...(isOne ? {} : { valuesRepository: { git: { host: 'local', path: values.path } } }),
  });
  const { definition, functions, stages, jobs } = synthesizePipeline(parsed, CATALOG);
  const registry = createMemoryRegistry();
  const [store, claims] = [createMemoryStore(), createMemoryClaims()];
  const git = createLocalGitHost(repository.path);
  const valuesGit = createLocalGitHost(values.path);
  let now = Date.parse('2026-11-23T12:00:00Z');
  const clock = { now: () => now, sleep: async () => undefined };
  const tags = createLocalTags(repository.path, clock);
  const statuses = { setStatus: async () => undefined };
  const answers = new Map<string, number>();
  const read = (path: string) => values.git('show', `main:${path}`);
  const pulls = await pullsOf?.(values);
  const openSigner = signerOf(parsed.signing, { folder: repository.path, env: process.env });
  const common = {
    settings: parsed,
    git,
    valuesGit,
    pulls,
    tags,
    store,
    clock,
    registry,
    claims,
    statuses,
    openSigner,
  };
  const openCluster = async () => ({
    snapshot: async (namespace: string) => snapshot({ namespace, pods: podsOf(read('chart/version-lock.yaml')) }),
    deliveries: async (namespace: string) => ({ namespace, applications: [], kustomizations: [], helmReleases: [] }),
  });
  const send = async ({ url }: { readonly url: string }) => {
    const status = answers.get(url) ?? 200;
    return { kind: 'reply' as const, status, header: () => null, body: '' };
  };
  const alarms = { states: async () => new Map<string, string>() };
  const plans = { ...common, stages, jobs, baseRegistry: registry };
  /** Moves the clock by what the state machine would wait. */
  const rollout = async (request: Parameters<typeof rolloutStep>[0]): Promise<RolloutStep> => {
    const step = await rolloutStep(request, { ...common, openCluster, checks: { send }, alarms });
    now += step.seconds * 1000;
    return { ...step, seconds: 0 };
  };
  const steps: Readonly<Record<string, (payload: never) => Promise<unknown>>> = {
    plan: (payload) => announcedPlanStep(payload, plans),
    release: (payload) => releaseOrDeliver(payload, common),
    commit: async (payload: CommitRequest) => {
      const step = await commitOrPropose(payload, { ...common, random: () => 0.5 });
      now += step.seconds * 1000;
      return { ...step, seconds: 0 };
    },
    rollout,
    tag: (payload) => tagStep(payload, common),
    report: (payload) => reportStep(payload, { ...common, ...REPORTED }),
    end: async (payload: EndRequest) => endStep(payload),
  };
  const { services } = await planned();
  for (const { image, inputDigest } of services) {
    registry.seed({ host: HOST, repository: `team/${image}` }, contentTag(inputDigest), image);
  }

  async function planned(): Promise<Plan> {
    const input = { action: 'release', ref: 'main', version: 'v1.4.0', dryRun: true };
    const { run } = await planStep({ run: 'seed', input }, plans);
    return JSON.parse(String(await store.get(objectKeys.plan(run)))) as Plan;
  }

  const pipeline: MemoryPipeline = {
    repository,
    values,
    answers,
    registry,
    onStep: () => undefined,
    read,
    commitsOf: (run) => values.git('log', '--format=%H', `--grep=^Run-Id: ${run}$`, 'main').split('\n').filter(Boolean),
    stored: async (key) => JSON.parse(String(await store.get(key))),
    remove: () => {
      repository.remove();
      if (!isOne) values.remove();
    },
    run: async (name, input, { redrive, signal } = {}) => {
      const entered: { name: string; input: unknown }[] = [];
      const around = async <Result>(state: string, work: () => Promise<Result>): Promise<Result> => {
        await pipeline.onStep({ run: name, state, when: 'before' });
        const result = await work().catch(async (error: unknown) => {
          await pipeline.onStep({ run: name, state, when: 'after' });
          throw error;
        });
        await pipeline.onStep({ run: name, state, when: 'after' });
        return result;
      };
      const startRun = (further: FurtherRun) =>
        around(further.wait ? 'Roll back' : 'Promote', async () =>
          further.wait ? (await pipeline.run(further.name, further.input as object)).result : ('started' as const),
        );
      const onEvent = (event: StateEvent) => {
        if (event.type === 'StateEntered' && event.state !== undefined) {
          entered.push({ name: event.state.name, input: event.state.input });
        }
      };
      const bound = [...functions].flatMap(([id, step]) => {
        const work = steps[step];
        return work === undefined
          ? []
          : [[id, (payload: unknown) => around(stateOf(step, payload), () => work(payload as never))] as const];
      });
      const codeBuild = async () => {
        throw new Error('nothing is built here');
      };
      const handlers = { functions: new Map(bound), codeBuild, startRun };
      const from = redrive === 'again' ? { state: String(definition.StartAt), input: {} } : redrive;
      const options = { ...(from && { redrive: { ...from, count: 1 } }), ...(signal && { signal }) };
      const result = await runExecution({ name, input, definition, handlers, onEvent, ...options });
      return { result, entered };
    },
  };
  const first = await pipeline.run('release-first', { action: 'release', ref: 'main', version: 'v1.4.0' });
  if (first.result.status !== 'SUCCEEDED') throw new Error(JSON.stringify({ ...first.result, commit }));
  return pipeline;
}

function podsOf(lock: string) {
  return [...parseVersionLock(lock, 'version-lock.yaml')].map(([name, { version, digest }]) =>
    runningPod(name, `${HOST}/team/${name}`, version, digest),
  );
}

const PHASES: Readonly<Record<RolloutPhase, string>> = {
  deploy: 'Deploy',
  verify: 'Verify',
  watch: 'Watch',
  rolledBack: 'Record the rollback',
};
const STATES: Readonly<Record<string, string>> = {
  plan: 'Plan the run',
  release: 'Tag all images',
  commit: 'Update the values file',
  tag: 'Tag the release',
};

const DELIVERY: Readonly<Record<DeliverRequest['phase'], string>> = {
  check: 'Check the registry',
  deliver: 'Deliver the images',
};

function isDelivery(payload: unknown): payload is DeliverRequest {
  return 'phase' in (payload as object);
}

/** Returns the name of the state that calls the step. */
function stateOf(step: string, payload: unknown): string {
  if (step === 'commit' && (payload as CommitRequest).phase === 'merge') return 'Look at the pull request';
  if (step === 'release' && isDelivery(payload)) return DELIVERY[payload.phase];
  return step === 'rollout' ? PHASES[(payload as RolloutRequest).phase] : (STATES[step] ?? step);
}
