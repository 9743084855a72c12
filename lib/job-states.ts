/** One image build as states. An error stays within the job, so that it neither stops nor hides the other jobs of its stage. */
import { Aws, Duration } from 'aws-cdk-lib';
import type { IProject } from 'aws-cdk-lib/aws-codebuild';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { CustomState, JsonPath, Pass } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { type BuildJob, type BuildOutcome, JOB_ENV, type OutcomeRequest, type PlanResult } from '../core/contract';
import { invokeStep, type RequestPaths } from './invoke-step';
import { BUILD_NOT_STARTED } from './retry-policies';

/** What the states of all jobs use. */
export interface BuildStates {
  readonly scope: Construct;
  readonly project: IProject;
  /** The function that says why a job did not succeed. */
  readonly outcome: IFunction;
  /** Jobs of a stage at a time, where the stage does not say. */
  readonly maxConcurrency: number;
}

/** What a job gets: its own part of the plan, and what all jobs of the run share. */
type JobItem = BuildJob & Pick<PlanResult, 'run' | 'commit' | 'source'>;

const ITEM_PATHS: RequestPaths<JobItem> = {
  service: '$$.Map.Item.Value.service',
  inputDigest: '$$.Map.Item.Value.inputDigest',
  candidate: '$$.Map.Item.Value.candidate',
  timeoutMinutes: '$$.Map.Item.Value.timeoutMinutes',
  token: '$$.Map.Item.Value.token',
  run: '$.run',
  commit: '$.commit',
  source: '$.source',
};

/** The Map's item selector. */
export const JOB_ITEM = fromPaths(ITEM_PATHS);

/** A backstop: CodeBuild ends a job by the job's own limit, 36 hours at most, after at most 2 hours of waiting for a machine. */
const JOB_LIMIT = Duration.hours(39);

/** The states of one job; its result is a `BuildOutcome`. `title` makes the names of the states unlike those of other stages. */
export function buildJob(states: BuildStates, title: string): CustomState {
  const { scope } = states;
  const built = outcome(
    scope,
    `Built: ${title}`,
    { service: '$.service', logs: '$.build.logs' },
    { status: 'SUCCEEDED' },
  );
  const explain = explainFailure(states, `Explain: ${title}`);
  const unexplained = { service: '$.service' };
  explain.addCatch(outcome(scope, `Unexplained: ${title}`, unexplained, { status: 'FAILED', cause: NOT_EXPLAINED }), {
    errors: ['States.ALL'],
    resultPath: '$.explainError',
  });
  const build = startBuild(states, `Build: ${title}`);
  build.addRetry(BUILD_NOT_STARTED);
  build.addCatch(explain, { errors: ['States.ALL'], resultPath: '$.error' });
  build.next(built);
  return build;
}

/** The Task as JSON, because CDK's own class has neither idempotency token nor time limit. */
function startBuild({ scope, project }: BuildStates, name: string): CustomState {
  const fields = Object.entries(JOB_ENV);
  return new CustomState(scope, name, {
    stateJson: {
      Type: 'Task',
      Resource: `arn:${Aws.PARTITION}:states:::codebuild:startBuild.sync`,
      Parameters: {
        ProjectName: project.projectName,
        'IdempotencyToken.$': '$.token',
        'TimeoutInMinutesOverride.$': '$.timeoutMinutes',
        // The type is never taken from data: whoever could set it to SECRETS_MANAGER could read secrets with the build's role.
        EnvironmentVariablesOverride: fields.map(([field, variable]) => ({
          Name: variable,
          Type: 'PLAINTEXT',
          'Value.$': `$.${field}`,
        })),
      },
      ResultSelector: { 'logs.$': '$.Build.Logs.DeepLink' },
      ResultPath: '$.build',
      TimeoutSeconds: JOB_LIMIT.toSeconds(),
    },
  });
}

/** The error of a build is up to 32 KiB of JSON; the function makes a line of it. */
function explainFailure({ scope, outcome: lambda }: BuildStates, name: string) {
  const request: RequestPaths<OutcomeRequest> = { service: '$.service', error: '$.error' };
  return invokeStep(scope, name, lambda, request, { outputPath: '$.Payload' });
}

const NOT_EXPLAINED =
  'the build did not succeed, and the step that tells why failed, too; see the log of the build project';

/** A `BuildOutcome` of paths and fixed values. */
function outcome(
  scope: Construct,
  name: string,
  paths: { readonly [Field in keyof BuildOutcome]?: string },
  values: Partial<BuildOutcome>,
): Pass {
  return new Pass(scope, name, { parameters: { ...fromPaths(paths), ...values } });
}

function fromPaths(paths: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(paths).map(([field, path]) => [field, JsonPath.stringAt(path)]));
}
