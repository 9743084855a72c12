/** One job as states. An error stays within the job, so that it neither stops nor hides the other jobs of its stage. */
import type { IProject } from 'aws-cdk-lib/aws-codebuild';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  type Chain,
  Choice,
  Condition,
  type CustomState,
  type IChainable,
  JsonPath,
  Pass,
} from 'aws-cdk-lib/aws-stepfunctions';
import type { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { ERROR_NAMES } from '../../core/contract/errors';
import type {
  BuildJob,
  BuildOutcome,
  BuildStatus,
  CandidateRequest,
  FailFastRequest,
  ModuleJob,
  OutcomeRequest,
  PublishRequest,
} from '../../core/contract/job';
import { JOB_ENV, MODULE_JOB_ENV } from '../../core/contract/job-environment';
import type { PlanResult } from '../../core/contract/plan';
import type { JobSource } from '../../core/planning/job-source';
import { invokeStep, type RequestPaths, startBuild } from './tasks';

/** What the states of all jobs use. */
export interface BuildStates {
  readonly scope: Construct;
  readonly project: IProject;
  /** The function that keeps the manifests of what was built. */
  readonly candidate: IFunction;
  /** The function that says why a job did not succeed. */
  readonly outcome: IFunction;
  /** Set if a run stops at its first failure: the function that says whether a job may still start. */
  readonly failFast: IFunction | undefined;
  /** Set if modules are published. */
  readonly publishing: PublishingStates | undefined;
  /** Jobs of a stage at a time, where the stage does not say. */
  readonly maxConcurrency: number;
  /** Where the jobs come from, and the object store's bucket. */
  readonly jobs: JobSource;
  readonly bucketName: string;
}

/** What all jobs of a run share, whatever they build. */
type SharedByJobs = Pick<PlanResult, 'run' | 'commit' | 'source'> & Pick<OutcomeRequest, 'redrives'>;

const SHARED_BY_JOBS: RequestPaths<SharedByJobs> = {
  run: '$.run',
  commit: '$.commit',
  source: '$.source',
  redrives: '$$.Execution.RedriveCount',
};

/** How one kind of job is done. `item` has all fields of a job, `last` leads from the build to the job's outcome. */
interface JobKind {
  readonly build: CustomState;
  readonly fields: readonly string[];
  /** Gets where a failure is explained. */
  readonly last: (explain: LambdaInvoke) => IChainable;
}

/** The machine failed, not the build. Any other end would be the same again. */
const FAULT: BuildStatus = 'FAULT';

/** The states of one job; its result is a `BuildOutcome`. `title` makes the names of the states unlike those of other stages. */
function jobStates(states: BuildStates, title: string, { build, fields, last }: JobKind): IChainable {
  const { scope, outcome: lambda } = states;
  const request: RequestPaths<OutcomeRequest> = {
    run: '$.run',
    service: '$.service',
    attempt: '$.attempt',
    redrives: '$.redrives',
    error: '$.error',
  };
  const explain = invokeStep(scope, `Explain: ${title}`, lambda, request, { resultPath: '$.explained' });
  const unexplained = outcome(scope, `Unexplained: ${title}`, { status: 'FAILED', cause: NOT_EXPLAINED });
  const notBuilt = new Pass(scope, `Not built: ${title}`, { inputPath: '$.explained.Payload' });
  const again = new Pass(scope, `Once more: ${title}`, {
    parameters: { ...fromPaths(Object.fromEntries(fields.map((field) => [field, `$.${field}`]))), attempt: 2 },
  });
  const wasFault = Condition.and(
    Condition.stringEquals('$.explained.Payload.status', FAULT),
    Condition.numberEquals('$.attempt', 1),
  );

  build.addCatch(explain, { errors: ['States.ALL'], resultPath: '$.error' });
  explain.addCatch(unexplained, { errors: ['States.ALL'], resultPath: '$.explainError' });
  explain.next(new Choice(scope, `Fault? ${title}`).when(wasFault, again.next(build)).otherwise(notBuilt));
  return unlessFailed(states, title, build.next(last(explain)));
}

const NOT_EXPLAINED =
  'the build did not succeed, and the step that tells why failed, too; see the log of the build project';

/** The job, asked for only while no other has failed, where a run stops at its first failure. Without an answer it starts. */
function unlessFailed({ scope, failFast }: BuildStates, title: string, job: Chain): Chain {
  if (failFast === undefined) return job;
  const request: RequestPaths<FailFastRequest> = { run: '$.run', redrives: '$.redrives' };
  const ask = invokeStep(scope, `May start? ${title}`, failFast, request, { resultPath: '$.failFast' });
  const notStarted = outcome(scope, `Not started: ${title}`, { status: 'STOPPED', cause: NOT_STARTED });
  const mayStart = Condition.booleanEquals('$.failFast.Payload.mayStart', true);
  ask.addCatch(job, { errors: ['States.ALL'], resultPath: '$.failFastError' });
  return ask.next(new Choice(scope, `Start? ${title}`).when(mayStart, job).otherwise(notStarted));
}

const NOT_STARTED = 'not started, since another build had failed';

/** Ends a job with an outcome that is known beforehand, or found at a path. */
function outcome(
  scope: Construct,
  name: string,
  known: Omit<BuildOutcome, 'service'>,
  paths: Readonly<Record<string, string>> = {},
): Pass {
  return new Pass(scope, name, { parameters: { ...fromPaths({ service: '$.service', ...paths }), ...known } });
}

/** Values by the paths at which they stand. */
function fromPaths(paths: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(paths).map(([field, path]) => [field, JsonPath.stringAt(path)]));
}

// One image as a job: built on a machine of its own, then its manifests are kept.

const IMAGE_PATHS: RequestPaths<BuildJob & SharedByJobs> = {
  service: '$$.Map.Item.Value.service',
  inputDigest: '$$.Map.Item.Value.inputDigest',
  candidate: '$$.Map.Item.Value.candidate',
  bases: '$$.Map.Item.Value.bases',
  machine: '$$.Map.Item.Value.machine',
  timeoutMinutes: '$$.Map.Item.Value.timeoutMinutes',
  ...SHARED_BY_JOBS,
};

/** The Map's item selector. */
export const IMAGE_ITEM = { ...fromPaths(IMAGE_PATHS), attempt: 1 };

/** The states of one image. A candidate that is not there is a failure; manifests that cannot be kept now are pulled by the release. */
export function imageJob(states: BuildStates, title: string): IChainable {
  const { scope, project, candidate } = states;
  return jobStates(states, title, {
    build: startBuild(scope, `Build: ${title}`, { project, variables: JOB_ENV, ownMachine: true }),
    fields: Object.keys(IMAGE_PATHS),
    last: (explain) => {
      const request: RequestPaths<CandidateRequest> = { run: '$.run', candidate: '$.candidate' };
      const keep = invokeStep(scope, `Keep: ${title}`, candidate, request, { resultPath: '$.kept' });
      const built = outcome(scope, `Built: ${title}`, { status: 'SUCCEEDED' });
      keep.addCatch(explain, { errors: [ERROR_NAMES.imageMissing], resultPath: '$.error' });
      keep.addCatch(built, { errors: ['States.ALL'], resultPath: '$.keepError' });
      return keep.next(built);
    },
  });
}

// One module as a job: built and tested on a machine of its own, then published by a function that no code of the module reaches.

/** What the states of modules use. */
export interface PublishingStates {
  /** Names of the stages that publish modules. */
  readonly stages: readonly string[];
  readonly project: IProject;
  readonly publish: IFunction;
}

const MODULE_PATHS: RequestPaths<ModuleJob & SharedByJobs> = {
  service: '$$.Map.Item.Value.service',
  module: '$$.Map.Item.Value.module',
  contentDigest: '$$.Map.Item.Value.contentDigest',
  packages: '$$.Map.Item.Value.packages',
  timeoutMinutes: '$$.Map.Item.Value.timeoutMinutes',
  ...SHARED_BY_JOBS,
};

/** The Map's item selector. */
export const MODULE_ITEM = { ...fromPaths(MODULE_PATHS), attempt: 1 };

/** The states of one module. */
export function moduleJob(states: BuildStates, { project, publish }: PublishingStates, title: string): IChainable {
  const { scope } = states;
  return jobStates(states, title, {
    build: startBuild(scope, `Build: ${title}`, { project, variables: MODULE_JOB_ENV, ownMachine: false }),
    fields: Object.keys(MODULE_PATHS),
    last: (explain) => {
      const request: RequestPaths<PublishRequest> = {
        run: '$.run',
        module: '$.module',
        contentDigest: '$.contentDigest',
      };
      const task = invokeStep(scope, `Publish: ${title}`, publish, request, { resultPath: '$.published' });
      task.addCatch(explain, { errors: ['States.ALL'], resultPath: '$.error' });
      const version = '$.published.Payload.version';
      return task.next(outcome(scope, `Published: ${title}`, { status: 'SUCCEEDED' }, { version }));
    },
  });
}
