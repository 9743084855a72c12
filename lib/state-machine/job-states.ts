/** The states of one job. Its errors stay within the job, so that they neither stop nor hide the other jobs of its stage. */
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
import { ANY_ERROR, invokeStep, type RequestPaths, type StateText, startBuild } from './tasks';

/** The resources that the states of all jobs use. */
export interface BuildStates {
  readonly scope: Construct;
  readonly project: IProject;
  /** Stores the manifests of a new image. */
  readonly candidate: IFunction;
  /** Explains why a job failed. */
  readonly outcome: IFunction;
  /** Decides whether a job may still start; undefined unless a run stops at its first failure. */
  readonly failFast: IFunction | undefined;
  /** Undefined if no module is published. */
  readonly publishing: PublishingStates | undefined;
  /** Concurrent jobs of a stage, unless the stage has its own limit. */
  readonly maxConcurrency: number;
  /** True if a machine may build several images: jobs are then those of `machineJob`. */
  readonly shared: boolean;
  /** The parameters that replace the project's machine by the image's own. */
  readonly machine: Readonly<Record<string, string>>;
  /** The source of the jobs, and the bucket of the object store. */
  readonly jobs: JobSource;
  readonly bucketName: string;
}

/** The resources that the states of modules use. */
export interface PublishingStates {
  /** Names of the stages that publish modules. */
  readonly stages: readonly string[];
  readonly project: IProject;
  readonly publish: IFunction;
}

/** The fields that all jobs of a run share. */
export type SharedByJobs = Pick<PlanResult, 'run' | 'commit' | 'source'> & Pick<OutcomeRequest, 'redrives'>;

export const SHARED_BY_JOBS: RequestPaths<SharedByJobs> = {
  run: '$.run',
  commit: '$.commit',
  source: '$.source',
  redrives: '$$.Execution.RedriveCount',
};

/** The job of an image, in an item of a Map. */
export const IMAGE_JOB: RequestPaths<BuildJob> = {
  service: '$$.Map.Item.Value.service',
  inputDigest: '$$.Map.Item.Value.inputDigest',
  candidate: '$$.Map.Item.Value.candidate',
  bases: '$$.Map.Item.Value.bases',
  machine: '$$.Map.Item.Value.machine',
  timeoutMinutes: '$$.Map.Item.Value.timeoutMinutes',
};

const IMAGE_PATHS: RequestPaths<BuildJob & SharedByJobs> = { ...IMAGE_JOB, ...SHARED_BY_JOBS };

const MODULE_PATHS: RequestPaths<ModuleJob & SharedByJobs> = {
  service: '$$.Map.Item.Value.service',
  module: '$$.Map.Item.Value.module',
  kind: '$$.Map.Item.Value.kind',
  contentDigest: '$$.Map.Item.Value.contentDigest',
  version: '$$.Map.Item.Value.version',
  packages: '$$.Map.Item.Value.packages',
  timeoutMinutes: '$$.Map.Item.Value.timeoutMinutes',
  ...SHARED_BY_JOBS,
};

/** The item selector of a Map of images. */
export const IMAGE_ITEM = { ...fromPaths(IMAGE_PATHS), attempt: 1 };

/** The item selector of a Map of modules. */
export const MODULE_ITEM = { ...fromPaths(MODULE_PATHS), attempt: 1 };

/**
 * Returns the states of one image: it is built on its own machine, then its manifests are stored. A missing candidate fails the job;
 * manifests that cannot be stored do not, because the release step can pull them. `label` makes state names unique.
 */
export function imageJob(states: BuildStates, label: string): IChainable {
  const { scope, project, machine } = states;
  const build = { name: `Build image (${label})`, comment: 'Builds the image and pushes it as a candidate.' };
  return jobStates(states, label, {
    build: startBuild(scope, build, { project, variables: JOB_ENV, machine }),
    fields: Object.keys(IMAGE_PATHS),
    afterBuild: (explain) => {
      const request: RequestPaths<Omit<CandidateRequest, 'sharedBy'>> = {
        run: '$.run',
        candidate: '$.candidate',
        build: '$.build',
      };
      return storeManifests(states, label, request, explain);
    },
  });
}

/** Returns the states that check a new image and store its manifests. Without a candidate they go to `ifMissing`, with the error at `errorPath`. */
export function storeManifests(
  { scope, candidate }: BuildStates,
  label: string,
  request: RequestPaths<Omit<CandidateRequest, 'sharedBy'>>,
  ifMissing: IChainable,
  errorPath = '$.error',
): Chain {
  const text = {
    name: `Store manifests (${label})`,
    comment: 'Checks that the candidate exists and stores its manifests for the release.',
  };
  const store = invokeStep(scope, text, candidate, request, { resultPath: '$.kept' });
  const built = outcome(scope, { name: `Image built (${label})`, comment: 'Records the success.' }, SUCCEEDED);
  store.addCatch(ifMissing, { errors: [ERROR_NAMES.imageMissing], resultPath: errorPath });
  const notKept = outcome(
    scope,
    { name: `Manifests not stored (${label})`, comment: 'Records that the release has to pull them.' },
    { ...SUCCEEDED, kept: false },
  );
  store.addCatch(notKept, { errors: ['States.ALL'], resultPath: '$.keepError' });
  return store.next(built);
}

/** Returns the states of one module: it is built and tested, then published by a function that runs no code of the module. */
export function moduleJob(states: BuildStates, { project, publish }: PublishingStates, label: string): IChainable {
  const { scope } = states;
  const build = { name: `Build module (${label})`, comment: 'Builds and tests the module.' };
  return jobStates(states, label, {
    build: startBuild(scope, build, { project, variables: MODULE_JOB_ENV }),
    fields: Object.keys(MODULE_PATHS),
    afterBuild: (explain) => {
      const request: RequestPaths<PublishRequest> = {
        run: '$.run',
        module: '$.module',
        contentDigest: '$.contentDigest',
        build: '$.build',
      };
      const text = { name: `Publish module (${label})`, comment: 'Uploads the package to the package index.' };
      const upload = invokeStep(scope, text, publish, request, { resultPath: '$.published' });
      upload.addCatch(explain, ANY_ERROR);
      const published = { name: `Module published (${label})`, comment: 'Records the version.' };
      return upload.next(outcome(scope, published, SUCCEEDED, { version: '$.published.Payload.version' }));
    },
  });
}

/** The states of one kind of job. */
interface JobKind {
  readonly build: CustomState;
  /** All fields of the job. */
  readonly fields: readonly string[];
  /** Returns the states that lead from the build to the outcome. They go to `explain` after a failure. */
  readonly afterBuild: (explain: LambdaInvoke) => IChainable;
}

/** The machine failed, not the build. After any other failure a second attempt would end the same way. */
const FAULT: BuildStatus = 'FAULT';

const SUCCEEDED = { status: 'SUCCEEDED' } as const;

/** Returns the states of one job, whose result is a `BuildOutcome`. */
function jobStates(states: BuildStates, label: string, { build, fields, afterBuild }: JobKind): IChainable {
  const { scope, outcome: explainFunction } = states;
  const request: RequestPaths<OutcomeRequest> = {
    run: '$.run',
    service: '$.service',
    attempt: '$.attempt',
    redrives: '$.redrives',
    error: '$.error',
  };
  const text = { name: `Explain failure (${label})`, comment: 'Finds the cause of the failure in one line.' };
  const explain = invokeStep(scope, text, explainFunction, request, { resultPath: '$.explained' });
  const unexplained = outcome(
    scope,
    { name: `Failed, cause unknown (${label})`, comment: 'Records the failure if it could not be explained.' },
    { status: 'FAILED', cause: NOT_EXPLAINED },
  );
  const failed = new Pass(scope, `Job failed (${label})`, {
    comment: 'Records the failure. The other jobs go on.',
    inputPath: '$.explained.Payload',
  });
  const retry = new Pass(scope, `Retry after machine fault (${label})`, {
    comment: 'Prepares the second and last attempt.',
    parameters: { ...fromPaths(Object.fromEntries(fields.map((field) => [field, `$.${field}`]))), attempt: 2 },
  });
  const isFirstFault = Condition.and(
    Condition.stringEquals('$.explained.Payload.status', FAULT),
    Condition.numberEquals('$.attempt', 1),
  );
  const comment = 'A build is retried once if its machine failed. A failed build is not retried.';

  build.addCatch(explain, ANY_ERROR);
  explain.addCatch(unexplained, { errors: ['States.ALL'], resultPath: '$.explainError' });
  explain.next(
    new Choice(scope, `Machine fault? (${label})`, { comment }).when(isFirstFault, retry.next(build)).otherwise(failed),
  );
  return unlessFailed(states, label, build.next(afterBuild(explain)));
}

const NOT_EXPLAINED =
  'the build did not succeed, and the step that tells why failed, too; see the log of the build project';

/** Puts the fail-fast check before the job, if the run stops at its first failure. The job starts if the check itself fails. */
function unlessFailed({ scope, failFast }: BuildStates, label: string, job: Chain): Chain {
  if (failFast === undefined) return job;
  const request: RequestPaths<FailFastRequest> = { run: '$.run', redrives: '$.redrives' };
  const text = {
    name: `Check for earlier failure (${label})`,
    comment: 'Asks whether another job of the run has failed.',
  };
  const check = invokeStep(scope, text, failFast, request, { resultPath: '$.failFast' });
  const skipped = outcome(
    scope,
    { name: `Skipped after a failure (${label})`, comment: 'Records that the job was not started.' },
    { status: 'STOPPED', cause: NOT_STARTED },
  );
  check.addCatch(job, { errors: ['States.ALL'], resultPath: '$.failFastError' });
  return check.next(
    new Choice(scope, `May the job start? (${label})`, { comment: 'Not after a failure, if the settings say so.' })
      .when(Condition.booleanEquals('$.failFast.Payload.mayStart', true), job)
      .otherwise(skipped),
  );
}

const NOT_STARTED = 'not started, since another build had failed';

/** Ends a job with an outcome of constants and of values at paths. */
function outcome(
  scope: Construct,
  { name, comment }: StateText,
  constants: Omit<BuildOutcome, 'service'>,
  paths: Readonly<Record<string, string>> = {},
): Pass {
  const parameters = { ...fromPaths({ service: '$.service', ...paths }), ...constants };
  return new Pass(scope, name, { comment, parameters });
}

/** Returns the paths as CDK writes them. */
export function fromPaths(paths: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(paths).map(([field, path]) => [field, JsonPath.stringAt(path)]));
}
