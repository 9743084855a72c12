/** The states before and after the builds, one function each, in flow order. Steps shape the data; states only pass it on. */
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Choice, Condition, IntegrationPattern, JsonPath, Pass, Timeout } from 'aws-cdk-lib/aws-stepfunctions';
import type { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { ERROR_NAMES } from '../../core/contract/errors';
import type { PlanRequest } from '../../core/contract/plan';
import type { ApprovalRequest, CommitRequest, ReleaseRequest } from '../../core/contract/release';
import type { EndRequest, ReportRequest } from '../../core/contract/report';
import { invokeStep, type RequestPaths } from './tasks';

/** Puts the input, whatever JSON it is, where an error can be written beside it. A redriven run begins here, too. */
export function takeTheInput(scope: Construct): Pass {
  return new Pass(scope, 'Take the input', { parameters: { input: JsonPath.objectAt('$$.Execution.Input') } });
}

/** The plan's result becomes the state. */
export function planTheRun(scope: Construct, plan: IFunction): LambdaInvoke {
  const request: RequestPaths<PlanRequest> = {
    run: '$$.Execution.Name',
    execution: '$$.Execution.Id',
    redrives: '$$.Execution.RedriveCount',
    input: '$.input',
  };
  return invokeStep(scope, 'Plan the run', plan, request, { outputPath: '$.Payload' });
}

/** A dry run, and a run in which nothing has to be written, goes on to its report. */
export function anythingToDo(scope: Construct): Choice {
  return new Choice(scope, 'Anything to do?');
}

/** The condition of `anythingToDo`. */
export function planProceeds(): Condition {
  return Condition.booleanEquals('$.proceed', true);
}

/** Only runs into an environment whose settings ask for it wait for a person. */
export function anybodyToAsk(scope: Construct): Choice {
  return new Choice(scope, 'Does somebody have to approve?');
}

/** The condition of `anybodyToAsk`. */
export function approvalIsAsked(): Condition {
  return Condition.numberGreaterThan('$.approvalSeconds', 0);
}

/** Ends when somebody uses the token that the function was given; fails with `BuildsFailed` at once if any build did. */
export function waitForApproval(scope: Construct, approval: IFunction): LambdaInvoke {
  const request: RequestPaths<ApprovalRequest> = {
    run: '$.run',
    token: '$$.Task.Token',
    seconds: '$.approvalSeconds',
    builds: '$.builds',
  };
  return invokeStep(scope, 'Wait for approval', approval, request, {
    integrationPattern: IntegrationPattern.WAIT_FOR_TASK_TOKEN,
    taskTimeout: Timeout.at('$.approvalSeconds'),
    resultPath: JsonPath.DISCARD,
  });
}

/** No answer means no. */
export function nobodyApproved(scope: Construct): Pass {
  const cause =
    'nobody approved in time; no version was given and no values file was changed. Start the same run again';
  return new Pass(scope, 'Nobody approved', {
    parameters: { Error: ERROR_NAMES.notApproved, Cause: cause },
    resultPath: '$.error',
  });
}

/** Fails with `BuildsFailed` if any build did, before any version is given. */
export function giveVersions(scope: Construct, release: IFunction): LambdaInvoke {
  const request: RequestPaths<ReleaseRequest> = { run: '$.run', builds: '$.builds' };
  return invokeStep(scope, 'Give every image its version', release, request, {
    resultSelector: { 'tagged.$': '$.Payload.tagged' },
    resultPath: '$.release',
  });
}

/** `$.commit` names the source commit elsewhere, so the commit step's result is `$.moved`. */
export function moveValuesFile(scope: Construct, commit: IFunction): LambdaInvoke {
  const request: RequestPaths<CommitRequest> = { run: '$.run' };
  return invokeStep(scope, 'Move the values file', commit, request, {
    resultSelector: {
      'commit.$': '$.Payload.commit',
      'changes.$': '$.Payload.changes',
      'superseded.$': '$.Payload.superseded',
    },
    resultPath: '$.moved',
  });
}

/** The report is the execution's output. */
export function reportTheRun(scope: Construct, report: IFunction): LambdaInvoke {
  return invokeStep(scope, 'Report the run', report, REPORT, { outputPath: '$.Payload' });
}

/** The same report with `$.error` in the state, which stays for the run's end. */
export function reportTheFailure(scope: Construct, report: IFunction): LambdaInvoke {
  return invokeStep(scope, 'Report the failure', report, REPORT, { resultPath: JsonPath.DISCARD });
}

/** Says when the run failed, so that its end can tell if it was redriven since. */
export function noteTheFailure(scope: Construct): Pass {
  const redrives = JsonPath.numberAt('$$.Execution.RedriveCount');
  return new Pass(scope, 'Note the failure', { parameters: { redrives }, resultPath: '$.failedIn' });
}

/** Fails with the error that was caught. No Fail state, which would fail again however often the run is redriven. */
export function failTheRun(scope: Construct, end: IFunction): LambdaInvoke {
  const request: RequestPaths<EndRequest> = {
    error: '$.error',
    failedIn: '$.failedIn',
    redrives: '$$.Execution.RedriveCount',
  };
  return invokeStep(scope, 'Run failed', end, request, { resultPath: JsonPath.DISCARD });
}

const REPORT: RequestPaths<ReportRequest> = {
  run: '$$.Execution.Name',
  execution: '$$.Execution.Id',
  startedAt: '$$.Execution.StartTime',
  redrives: '$$.Execution.RedriveCount',
  state: '$',
};
