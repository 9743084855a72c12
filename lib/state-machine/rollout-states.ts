/**
 * The states after the commit: the environment is deployed, verified and watched, then the next one is promoted to, or the run is rolled
 * back. The rollout function says what comes next. The states do it, and a wait costs nothing.
 */
import { Aws } from 'aws-cdk-lib';
import type { IProject } from 'aws-cdk-lib/aws-codebuild';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Choice, Condition, CustomState, type IChainable, Wait, WaitTime } from 'aws-cdk-lib/aws-stepfunctions';
import type { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { COMMAND_ENV } from '../../core/contract/job-environment';
import type { RolloutPhase, RolloutRequest, RolloutStep } from '../../core/contract/rollout';
import { ANY_ERROR, invokeStep, type RequestPaths, retryStarts, type StateText } from './tasks';

/** The name of the first state after the commit. */
export const FIRST_AFTER_COMMIT = 'Deploy';

/** What the states need. Parts that no environment of the settings names are undefined or false. */
export interface Rollouts {
  readonly rollout: IFunction;
  /** Runs deployments and checks that are commands. */
  readonly commands: IProject | undefined;
  readonly rollsBack: boolean;
  readonly promotes: boolean;
}

/** The states that a rollout leads to. */
interface Ends {
  readonly report: IChainable;
  readonly onError: IChainable;
}

/** Returns the first state, linked to all others. */
export function rolloutStates(scope: Construct, rollouts: Rollouts, { report, onError }: Ends): IChainable {
  const call = (text: StateText, phase: RolloutPhase) =>
    callRollout(scope, text, rollouts.rollout, phase).addCatch(onError as never, ANY_ERROR);
  const deploy = call(
    { name: FIRST_AFTER_COMMIT, comment: 'Starts the deployment, unless something else deploys.' },
    'deploy',
  );
  const verify = call({ name: 'Verify', comment: 'Looks at the workloads, then sends the checks.' }, 'verify');
  const watch = call({ name: 'Watch', comment: 'Looks again at workloads, checks and alarms.' }, 'watch');
  const phase = new Choice(scope, 'Verify or watch?', { comment: 'Goes on where it was.' })
    .when(Condition.stringEquals('$.rollout.step.phase', 'watch'), watch)
    .otherwise(verify);
  const wait = new Wait(scope, 'Wait', {
    comment: 'Waits until the next look. No function runs meanwhile.',
    time: WaitTime.secondsPath('$.rollout.step.seconds'),
  }).next(phase);
  const next = new Choice(scope, 'What next?', { comment: 'Does what the last look decided.' });
  const when = (name: RolloutStep['next'], state: IChainable) =>
    next.when(Condition.stringEquals('$.rollout.step.next', name), state);
  when('verify', verify);
  when('wait', wait);
  if (rollouts.commands !== undefined) when('command', runCommand(scope, rollouts.commands, phase));
  if (rollouts.promotes) when('promote', promote(scope, { report, onError }));
  if (rollouts.rollsBack) {
    const record = call({ name: 'Record the rollback', comment: 'Fails the run, with both commits.' }, 'rolledBack');
    when('rollBack', rollBack(scope, record.next(report)));
  }
  next.otherwise(report as never);
  for (const task of [deploy, verify, watch]) task.next(next);
  return deploy;
}

function callRollout(scope: Construct, text: StateText, rollout: IFunction, phase: RolloutPhase): LambdaInvoke {
  const first: RequestPaths<Omit<RolloutRequest, 'phase' | 'last'>> = {
    run: '$.run',
    redrives: '$$.Execution.RedriveCount',
  };
  const request = phase === 'deploy' ? first : { ...first, last: '$.rollout' };
  const output = { resultSelector: { 'step.$': '$.Payload' }, resultPath: '$.rollout' };
  return invokeStep(scope, text, rollout, request, output, { phase });
}

/** The bound of a command, and half an hour in which a machine must be found. */
const COMMAND_LIMIT = 4.5 * 3600;

/** Runs the command that the last look named. Its end, good or bad, is judged by the next look. */
function runCommand(scope: Construct, project: IProject, phase: IChainable): IChainable {
  const at = (field: string) => `$.rollout.step.command.${field}`;
  const task = new CustomState(scope, 'Run a deployment or check', {
    stateJson: {
      Type: 'Task',
      Comment: 'Runs Helm or a script of the monorepo at the released commit.',
      Resource: `arn:${Aws.PARTITION}:states:::codebuild:startBuild.sync`,
      Parameters: {
        ProjectName: project.projectName,
        'IdempotencyToken.$': `States.Hash(States.Format('{} {}', ${at('id')}, $$.Execution.RedriveCount), 'SHA-256')`,
        SourceTypeOverride: 'S3',
        'SourceLocationOverride.$': at('source'),
        'TimeoutInMinutesOverride.$': at('timeoutMinutes'),
        // The type never comes from data: with SECRETS_MANAGER, a value could read secrets with the role of the project.
        EnvironmentVariablesOverride: Object.entries(COMMAND_ENV).map(([field, variable]) => ({
          Name: variable,
          Type: 'PLAINTEXT',
          'Value.$': at(field),
        })),
      },
      ResultPath: null,
      TimeoutSeconds: COMMAND_LIMIT,
    },
  });
  task.addCatch(phase as never, { errors: ['States.ALL'], resultPath: '$.rollout.error' });
  return retryStarts(task).next(phase);
}

/** The name of the run is the same each time, so that starting it twice has one effect. */
function startRun(scope: Construct, { name, comment }: StateText, resource: string): CustomState {
  return new CustomState(scope, name, {
    stateJson: {
      Type: 'Task',
      Comment: comment,
      Resource: `arn:${Aws.PARTITION}:states:::states:${resource}`,
      Parameters: {
        'StateMachineArn.$': '$$.StateMachine.Id',
        'Name.$': '$.rollout.step.start.name',
        'Input.$': '$.rollout.step.start.input',
      },
      ResultPath: null,
    },
  });
}

function promote(scope: Construct, { report, onError }: Ends): IChainable {
  const text = { name: 'Promote', comment: 'Starts the promotion to the next environment, once.' };
  const task = startRun(scope, text, 'startExecution');
  task.addCatch(report as never, {
    errors: ['StepFunctions.ExecutionAlreadyExistsException'],
    resultPath: '$.rollout.error',
  });
  task.addCatch(onError as never, ANY_ERROR);
  return task.next(report);
}

/** The rollback is a run of its own, with its own report. It is waited for, and read from its report, whatever its end. */
function rollBack(scope: Construct, record: IChainable): IChainable {
  const text = { name: 'Roll back', comment: 'Undoes this run in a run of its own, and waits for its end.' };
  const task = startRun(scope, text, 'startExecution.sync:2');
  task.addCatch(record as never, { errors: ['States.ALL'], resultPath: '$.rollout.error' });
  return task.next(record);
}
