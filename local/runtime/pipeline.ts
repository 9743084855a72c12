/** The whole pipeline on one machine: the synthesized state machine, the deployed step functions, and replacements for AWS services. */
import { mkdir } from 'node:fs/promises';
import { systemClock } from '../../adapters/clock';
import { sweepTemporaryFiles } from '../../adapters/disk/atomic-file';
import { createDiskClaims, createDiskObjectStore } from '../../adapters/disk/disk-store';
import { createLocalGitHost } from '../../adapters/git/local/git-host';
import { createLocalTags } from '../../adapters/git/local/tags';
import { createFolderIndex } from '../../adapters/packages/folder-index';
import { createGoTags } from '../../adapters/packages/go-tags';
import { createMavenFolder } from '../../adapters/packages/maven-folder';
import { createNpmFolder } from '../../adapters/packages/npm-folder';
import { localAccess } from '../../adapters/registry/client/keychain';
import { createOciRegistry } from '../../adapters/registry/oci-registry';
import type { CandidateRequest } from '../../core/contract/job';
import { objectKeys } from '../../core/contract/keys';
import type { Plan, PlanRequest } from '../../core/contract/plan';
import type { ApprovalRequest } from '../../core/contract/release';
import type { EndRequest, ReportRequest, RunReport } from '../../core/contract/report';
import { REFERENCE_REGION } from '../../core/estimate/price';
import type { NoticeSender } from '../../core/ports/runs';
import type { ObjectStore } from '../../core/ports/store';
import { immutableTags } from '../../core/settings/registry/environment-registry';
import type { Settings } from '../../core/settings/schema';
import { shellWord } from '../../core/text/escape';
import { approvalStep } from '../../lambdas/approval/approval';
import { candidateStep } from '../../lambdas/candidate/candidate';
import { commitOrPropose } from '../../lambdas/commit/commit';
import { endStep } from '../../lambdas/end/end';
import { failFastStep } from '../../lambdas/fail-fast/fail-fast';
import { outcomeStep } from '../../lambdas/outcome/outcome';
import { announcedPlanStep } from '../../lambdas/plan/plan';
import { BASE_LOOKUP_PATIENCE } from '../../lambdas/plan/plan-source';
import { publishStep } from '../../lambdas/publish/publish';
import { releaseOrDeliver } from '../../lambdas/release/deliver';
import { isReleaseRepository } from '../../lambdas/release/release';
import { reportStep } from '../../lambdas/report/report';
import { rolloutStep } from '../../lambdas/rollout/rollout';
import { scanStep } from '../../lambdas/scan/scan';
import { readStored } from '../../lambdas/shared/stored';
import { tagStep } from '../../lambdas/tag/tag';
import { type ModuleTools, toolsOf } from '../build/build-tools';
import type { DockerEngine } from '../build/docker-engine';
import { createLocalCodeBuild } from '../build/local-code-build';
import { startEnvironments } from '../cluster/environments';
import type { LocalCluster } from '../cluster/start-cluster';
import { startRegistry } from '../registry/start-registry';
import { bindSteps, type SynthesizedPipeline, synthesizePipeline } from './definition';
import { homePaths, homeSigner, type LocalSettings, localRepository, localValuesRepository } from './home';
import { readJobLog } from './job-log';
import { localRollout } from './local-rollout';
import { localScanner } from './local-scanner';
import {
  createStoredStatuses,
  createStoredTimeline,
  endedRun,
  followBuilds,
  reportEnd,
  runMoment,
  waitForAnswer,
} from './local-services';
import { followProgress, type Progress, plannedJobs } from './progress';
import { type ExecutionResult, runExecution, type StartRun, type StateEvent } from './state-machine';

/** Options of a local pipeline. The embedded builder builds modules whose tool is missing. */
export interface LocalPipelineOptions extends ModuleTools {
  readonly home: string;
  readonly local: LocalSettings;
  /** The catalog whose stages the state machine has. */
  readonly catalogText: string;
  /** The engine to build with; undefined uses the embedded builder. */
  readonly docker: DockerEngine | undefined;
}

/** A run to start. `refuse` names services whose build fails on purpose, to rehearse a failure. */
export interface RunRequest {
  readonly name: string;
  readonly input: unknown;
  readonly refuse?: ReadonlySet<string>;
  /** The number of redrives, this one included. */
  readonly redrives?: number;
  readonly onProgress?: (progress: Progress) => void;
  /** Gets every event of the execution, those of states inside Map and Parallel included. */
  readonly onEvent?: (event: StateEvent) => void;
  /** Told what people who subscribe to notices are told in AWS, while the run goes on. */
  readonly onNotice?: (text: string) => void;
  readonly signal?: AbortSignal;
  /** Starts the runs that this one asks for. Default: a rollback is run at once, and a promotion is left to the caller. */
  readonly startRun?: StartRun;
}

/** The end of a run. `plan` is undefined if the run failed before it had one. */
export interface LocalRun {
  readonly report: RunReport;
  readonly plan: Plan | undefined;
  /** The result of the state machine. */
  readonly execution: ExecutionResult;
  /** Runs that it asked for and that were not started: promotions to the next environment. */
  readonly next: readonly Pick<RunRequest, 'name' | 'input'>[];
}

export interface LocalPipeline {
  readonly settings: Settings;
  readonly store: ObjectStore;
  /** The state machine as it would be deployed. */
  readonly definition: SynthesizedPipeline['definition'];
  /** The embedded cluster, if the home uses one. It is empty at first, and deploys what the environments' branches name. */
  readonly cluster: LocalCluster | undefined;
  run(request: RunRequest): Promise<LocalRun>;
  close(): Promise<void>;
}

/** Starts the embedded registry if the home uses it, and synthesizes the state machine. */
export async function openLocalPipeline(options: LocalPipelineOptions): Promise<LocalPipeline> {
  const { home, local, catalogText } = options;
  const { settings } = local;
  const paths = homePaths(home);
  // Steps that may throw come first, because a started registry has to be closed.
  const pipeline = synthesizePipeline(settings, catalogText);
  localScanner(settings);
  await mkdir(paths.logs, { recursive: true });
  const written = [paths.objects, paths.claims, paths.packages, paths.executions];
  await Promise.all(written.map((folder) => sweepTemporaryFiles(folder, systemClock.now())));
  const registry = local.embeddedRegistry
    ? await startRegistry({
        directory: paths.registry,
        port: Number(settings.releases.host.split(':')[1] ?? 0),
        isImmutable: immutableTags(settings),
      })
    : undefined;
  const store = createDiskObjectStore(paths.objects);
  const environments =
    local.embeddedCluster === true
      ? await startEnvironments(settings, {
          git: createLocalGitHost(localRepository(settings)),
          valuesGit: createLocalGitHost(localValuesRepository(settings)),
        })
      : undefined;
  return {
    settings,
    store,
    definition: pipeline.definition,
    cluster: environments?.cluster,
    run: (request) => runOnce(request, options, pipeline, store),
    close: async () => {
      await environments?.close();
      await registry?.close();
    },
  };
}

/** The states that take time. A choice is no step, and the jobs within the builds are reported by CodeBuild. */
const WORKING_STATES: readonly string[] = ['Task', 'Parallel', 'Map'];

async function runOnce(
  request: RunRequest,
  options: LocalPipelineOptions,
  pipeline: SynthesizedPipeline,
  store: ObjectStore,
): Promise<LocalRun> {
  const { definition, functions, stages, publishing, jobs } = pipeline;
  const { settings } = options.local;
  const { redrives = 0 } = request;
  const paths = homePaths(options.home);
  const progress = followProgress(request.onProgress ?? (() => undefined), systemClock.now);
  const git = createLocalGitHost(localRepository(settings));
  const valuesGit = createLocalGitHost(localValuesRepository(settings));
  const tags = createLocalTags(localRepository(settings), systemClock);
  const access = localAccess(systemClock, settings.plainHttp);
  const registry = createOciRegistry({ ...access, isWritten: isReleaseRepository(settings) });
  const baseRegistry = createOciRegistry({ ...access, ...BASE_LOOKUP_PATIENCE });
  const openSigner = homeSigner(options.home, settings);
  const claims = createDiskClaims(paths.claims);
  const packages = {
    python: createFolderIndex(paths.packages),
    npm: createNpmFolder(paths.packages),
    maven: createMavenFolder(paths.packages),
    go: createGoTags({ git, tags, claims }),
  };
  const clock = systemClock;
  const scanner = localScanner(settings);
  const statuses = createStoredStatuses(store);
  const startedAt = clock.now();
  const timeline = createStoredTimeline(request.name, startedAt, store);
  const notices: NoticeSender = { send: async (text) => request.onNotice?.(text) };
  const following = followBuilds(progress, timeline, clock.now);
  const codeBuild = createLocalCodeBuild({
    ...toolsOf(options),
    logs: paths.logs,
    toolFile: paths.jobTool,
    catalogFile: settings.catalogFile,
    releases: `${settings.releases.host}/${settings.releases.namespace}`,
    mirrors: settings.mirrors,
    images: settings.buildImages,
    secrets: settings.buildSecrets,
    plainHttp: settings.plainHttp,
    refuse: request.refuse ?? new Set(),
    ...following,
  });
  const onThisMachine = {
    readLog: readJobLog,
    readTimeline: async (run: string) => (await store.get(objectKeys.timeline(run)))?.toString('utf8'),
  };
  const records = ['rollout', 'tag', 'scan'] as const;
  const parts = { records, runsTests: options.docker !== undefined, onThisMachine };
  const reporting = { store, clock, statuses, region: REFERENCE_REGION, ...parts };
  /** The first request knows the builds. */
  let asked: ReportRequest | undefined;
  const report = async (payload: ReportRequest) => {
    asked ??= payload;
    await timeline.flush();
    return reportStep(payload, reporting);
  };
  const steps: Readonly<Record<string, (payload: never) => Promise<unknown>>> = {
    plan: async (payload: PlanRequest) => {
      const registries = { registry, baseRegistry };
      const result = await announcedPlanStep(payload, {
        settings,
        stages,
        jobs,
        ...(publishing.length === 0 ? {} : { publishing: { packages, claims, stages: publishing } }),
        git,
        valuesGit,
        tags,
        ...registries,
        store,
        clock,
        statuses,
      });
      const modules = Object.values(result.modules).flat().length;
      if (result.proceed) progress.planned(plannedJobs(result), result.totals.build + modules);
      return result;
    },
    candidate: async (payload: CandidateRequest) => {
      const result = await candidateStep(payload, { registry, store, clock });
      // The build of a machine does not tell which of its images it pushed.
      if (payload.sharedBy !== undefined) following.onEnd(payload.sharedBy, true);
      return result;
    },
    publish: (payload) => publishStep(payload, { store, packages, claims }),
    outcome: (payload) => outcomeStep(payload, { store }),
    'fail-fast': (payload) => failFastStep(payload, { store }),
    approval: (payload) =>
      approvalStep(payload, { settings, store, clock, notices, place: `--home ${shellWord(options.home)}` }),
    ...(scanner && { scan: (payload) => scanStep(payload, { settings, git, registry, scanner, store, clock }) }),
    release: (payload) => releaseOrDeliver(payload, { settings, registry, claims, store, clock, openSigner }),
    commit: (payload) =>
      commitOrPropose(payload, { settings, git, valuesGit, pulls: undefined, store, clock, random: Math.random }),
    rollout: (payload) =>
      rolloutStep(payload, { settings, git, valuesGit, store, clock, ...localRollout(paths.alarms) }),
    tag: (payload) => tagStep(payload, { settings, git, valuesGit, tags, store, clock }),
    end: async (payload: EndRequest) => endStep(payload),
    report,
  };
  const next: Pick<RunRequest, 'name' | 'input'>[] = [];
  const startHere: StartRun = async ({ name, input, wait }, signal) => {
    if (!wait) {
      next.push({ name, input });
      return 'started';
    }
    const { execution } = await runOnce({ name, input, ...(signal && { signal }) }, options, pipeline, store);
    return execution;
  };
  const topLevel = new Set(Object.keys(definition.States as object));
  const phases = new Set(
    Object.entries(definition.States as Readonly<Record<string, { readonly Type: string }>>)
      .filter(([, { Type }]) => WORKING_STATES.includes(Type))
      .map(([name]) => name),
  );
  try {
    const result = await runExecution({
      name: request.name,
      input: request.input,
      definition,
      handlers: {
        functions: bindSteps(functions, steps),
        codeBuild: codeBuild.startBuild,
        readItems: (key) => readStored(store, key),
        startRun: request.startRun ?? startHere,
        answer: (payload, signal) => waitForAnswer(payload as ApprovalRequest, { store, clock }, signal),
      },
      onEvent: (event) => {
        request.onEvent?.(event);
        const moment = runMoment(event, topLevel);
        if (moment !== undefined) timeline.add(moment);
        const name = event.state?.name;
        if (event.type === 'StateEntered' && name !== undefined && phases.has(name)) progress.enter(name);
      },
      ...(redrives === 0 ? {} : { redrive: { state: String(definition.StartAt), input: {}, count: redrives } }),
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    });
    progress.ended();
    await reportEnd({ run: request.name, input: request.input, startedAt, redrives, result }, store, report);
    const begun = { run: request.name, startedAt: new Date(startedAt).toISOString(), state: {} };
    return { ...(await endedRun(asked ?? begun, result, reporting)), execution: result, next };
  } finally {
    await timeline.flush();
    await codeBuild.close();
  }
}
