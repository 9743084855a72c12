/** The states of a run and their order. Step functions shape the data; the states only pass it on. */
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  Choice,
  Condition,
  type IChainable,
  IntegrationPattern,
  JsonPath,
  Pass,
  Timeout,
} from 'aws-cdk-lib/aws-stepfunctions';
import type { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import type { Stage } from '../../core/catalog/model';
import { ERROR_NAMES } from '../../core/contract/errors';
import type { PlanRequest } from '../../core/contract/plan';
import { type ApprovalRequest, type ReleaseRequest, type TagRequest, WAITING_STATE } from '../../core/contract/release';
import type { EndRequest, ReportRequest } from '../../core/contract/report';
import { buildImages } from './build-states';
import { commitStates } from './commit-states';
import { checkRegistry, deliveryStates } from './delivery-states';
import type { BuildStates } from './job-states';
import { type Rollouts, rolloutStates } from './rollout-states';
import { scanStates } from './scan-states';
import { composeStages, withModules } from './stages';
import { ANY_ERROR, invokeStep, type RequestPaths } from './tasks';

/** The functions that a run calls before and after its builds. */
export interface StepFunctions {
  readonly plan: IFunction;
  /** Undefined if images are not scanned. */
  readonly scan: IFunction | undefined;
  readonly approval: IFunction;
  readonly release: IFunction;
  readonly commit: IFunction;
  /** Undefined if releases get no tag. */
  readonly tag: IFunction | undefined;
  readonly report: IFunction;
  readonly end: IFunction;
}

/** What comes before and with the commit. */
interface CommitOptions {
  /** True if commits of any branch go by pull request. */
  readonly isProposed?: boolean;
  /** True if any environment has a registry of its own. */
  readonly isDelivered?: boolean;
}

/**
 * Returns the first state of a run, linked to all others: plan, builds, versions, values file, report, and one path for errors. `rollouts`
 * is given if any environment goes on after the commit.
 */
export function runDefinition(
  builds: BuildStates,
  steps: StepFunctions,
  stages: readonly Stage[],
  rollouts?: Rollouts,
  { isProposed = false, isDelivered = false }: CommitOptions = {},
): IChainable {
  const { scope } = builds;
  const input = readInput(scope);
  const onError = recordFailure(scope);

  const plan = planRun(scope, steps.plan).addCatch(onError, ANY_ERROR);
  const tree = withModules(composeStages(stages), builds.publishing?.stages ?? []);
  const build = buildImages(builds, tree).addCatch(onError, ANY_ERROR);
  const approval = waitForApproval(scope, steps.approval)
    .addCatch(approvalTimedOut(scope).next(onError), { errors: ['States.Timeout'], resultPath: '$.error' })
    .addCatch(onError, ANY_ERROR);
  const tag = tagImages(scope, steps.release).addCatch(onError, ANY_ERROR);
  const report = reportRun(scope, steps.report).addCatch(onError, ANY_ERROR);

  const end = steps.tag === undefined ? report : tagRelease(scope, steps.tag).addCatch(onError, ANY_ERROR).next(report);
  const after = rollouts === undefined ? end : rolloutStates(scope, rollouts, { report: end, onError });
  const commit = commitStates(scope, steps.commit, isProposed, { after, onError });
  const versions = tag.next(isDelivered ? deliveryStates(scope, steps.release, { after: commit, onError }) : commit);
  const approved = new Choice(scope, 'Approval required?', { comment: 'The environment decides in the settings.' })
    .when(Condition.numberGreaterThan('$.approvalSeconds', 0), approval.next(versions))
    .otherwise(versions);
  const checked = steps.scan === undefined ? approved : scanStates(scope, steps.scan, { after: approved, onError });
  const begin = build.next(checked);
  const work = new Choice(scope, 'Anything to do?', {
    comment: 'A dry run, and a run without changes, goes on to its report.',
  })
    .when(
      Condition.booleanEquals('$.proceed', true),
      isDelivered ? checkRegistry(scope, steps.release, { after: begin, onError }) : begin,
    )
    .otherwise(report);

  const failed = failRun(scope, steps.end);
  const reportFailed = reportFailure(scope, steps.report);
  reportFailed.addCatch(failed, { errors: ['States.ALL'], resultPath: '$.reportError' });
  // A redriven run goes back to its input and is planned again. The plan finds what was built by then.
  onError.next(reportFailed).next(failed).next(input);
  return input.next(plan).next(work);
}

/** The input may be any JSON. Under a key of its own it leaves room for an error. */
function readInput(scope: Construct): Pass {
  return new Pass(scope, 'Read the input', {
    comment: 'A new run and a redriven run start here.',
    parameters: { input: JsonPath.objectAt('$$.Execution.Input') },
  });
}

/** The result becomes the run's data. */
function planRun(scope: Construct, plan: IFunction): LambdaInvoke {
  const request: RequestPaths<PlanRequest> = {
    run: '$$.Execution.Name',
    execution: '$$.Execution.Id',
    redrives: '$$.Execution.RedriveCount',
    input: '$.input',
  };
  const text = {
    name: 'Plan the run',
    comment: 'Checks the input and decides which images to build, to tag and to leave.',
  };
  return invokeStep(scope, text, plan, request, { outputPath: '$.Payload' });
}

/** Ends when a person uses the task token. The function throws `BuildsFailed` at once if a build failed. */
function waitForApproval(scope: Construct, approval: IFunction): LambdaInvoke {
  const request: RequestPaths<ApprovalRequest> = {
    run: '$.run',
    execution: '$$.Execution.Id',
    redrives: '$$.Execution.RedriveCount',
    token: '$$.Task.Token',
    seconds: '$.approvalSeconds',
    builds: '$.builds',
  };
  const text = { name: WAITING_STATE, comment: 'Waits for "pipeline approve" or "pipeline reject".' };
  return invokeStep(scope, text, approval, request, {
    integrationPattern: IntegrationPattern.WAIT_FOR_TASK_TOKEN,
    taskTimeout: Timeout.at('$.approvalSeconds'),
    resultPath: '$.approval',
  });
}

function approvalTimedOut(scope: Construct): Pass {
  const cause =
    'nobody approved in time; no version was given and no values file was changed. Start the same run again';
  return new Pass(scope, 'Approval timed out', {
    comment: 'No answer in time means no.',
    parameters: { Error: ERROR_NAMES.notApproved, Cause: cause },
    resultPath: '$.error',
  });
}

function tagImages(scope: Construct, release: IFunction): LambdaInvoke {
  const request: RequestPaths<ReleaseRequest> = { run: '$.run', builds: '$.builds', approval: '$.approval' };
  const text = {
    name: 'Tag all images',
    comment: 'Gives every image its version. Fails before the first tag if a build failed.',
  };
  return invokeStep(scope, text, release, request, {
    resultSelector: { 'tagged.$': '$.Payload.tagged' },
    resultPath: '$.release',
  });
}

/** The step finds out if the run makes a tag, so that a run without one passes. */
function tagRelease(scope: Construct, tag: IFunction): LambdaInvoke {
  const request: RequestPaths<TagRequest> = { run: '$.run' };
  const text = {
    name: 'Tag the release',
    comment: 'Puts a git tag on the source commit of a release, and makes its page at the git host.',
  };
  return invokeStep(scope, text, tag, request, { resultPath: JsonPath.DISCARD });
}

const REPORT: RequestPaths<ReportRequest> = {
  run: '$$.Execution.Name',
  execution: '$$.Execution.Id',
  startedAt: '$$.Execution.StartTime',
  redrives: '$$.Execution.RedriveCount',
  state: '$',
};

function reportRun(scope: Construct, report: IFunction): LambdaInvoke {
  const text = { name: 'Report the run', comment: 'Stores report and summary. The report is the output of the run.' };
  return invokeStep(scope, text, report, REPORT, { outputPath: '$.Payload' });
}

/** The count tells the end of the run whether it was redriven since. */
function recordFailure(scope: Construct): Pass {
  const redrives = JsonPath.numberAt('$$.Execution.RedriveCount');
  return new Pass(scope, 'Record the failure', {
    comment: 'Records in which attempt the run failed.',
    parameters: { redrives },
    resultPath: '$.failedIn',
  });
}

/** The error stays in the run's data for the end of the run, beside what the run did. */
function reportFailure(scope: Construct, report: IFunction): LambdaInvoke {
  const text = { name: 'Report the failure', comment: 'Stores report and summary of a run that failed.' };
  return invokeStep(scope, text, report, REPORT, {
    resultSelector: { 'result.$': '$.Payload.result' },
    resultPath: '$.failedIn.report',
  });
}

/** Throws the caught error with what the run did. It is not a Fail state, because a redriven Fail state fails again every time. */
function failRun(scope: Construct, end: IFunction): LambdaInvoke {
  const request: RequestPaths<EndRequest> = {
    error: '$.error',
    failedIn: '$.failedIn',
    redrives: '$$.Execution.RedriveCount',
  };
  const text = {
    name: 'Fail unless redriven',
    comment: 'Ends the run with its error. After a redrive it goes on, and the run is planned again.',
  };
  return invokeStep(scope, text, end, request, { resultPath: JsonPath.DISCARD });
}
