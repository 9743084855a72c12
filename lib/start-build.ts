/** The Task that runs one job on a build machine and waits for its end. */
import { Aws, Duration } from 'aws-cdk-lib';
import type { IProject } from 'aws-cdk-lib/aws-codebuild';
import { CustomState } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { BUILD_NOT_STARTED } from './retry-policies';

/** A backstop: CodeBuild ends a job by the job's own limit, 36 hours at most, after at most 2 hours of waiting for a machine. */
const JOB_LIMIT = Duration.hours(39);

/**
 * For five minutes CodeBuild answers the same token with the same build: right where an answer was lost, wrong after a fault of the machine
 * and in a run that is redriven: planned anew by its second count, gone on with by its third. 64 hex digits, which is as long as a token may be.
 */
const TOKEN =
  "States.Hash(States.Format('{} {} {} {} {}', $.run, $.service, $.attempt, $.redrives, $$.Execution.RedriveCount), 'SHA-256')";

/** The machine that the job asks for, in the place of the project's own. */
const OWN_MACHINE = {
  'ComputeTypeOverride.$': '$.machine.computeType',
  'EnvironmentTypeOverride.$': '$.machine.environmentType',
  'ImageOverride.$': '$.machine.environmentImage',
};

export interface StartBuildProps {
  readonly project: IProject;
  /** Environment variables by the fields of the job that they get. */
  readonly variables: Readonly<Record<string, string>>;
  /** True if the job says on which machine it runs. */
  readonly ownMachine: boolean;
}

/** Reads the job from the state and leaves the state as it is. As JSON, because CDK's own class has no source, no idempotency
 * token, no machine and no time limit. */
export function startBuild(
  scope: Construct,
  name: string,
  { project, variables, ownMachine }: StartBuildProps,
): CustomState {
  const task = new CustomState(scope, name, {
    stateJson: {
      Type: 'Task',
      Resource: `arn:${Aws.PARTITION}:states:::codebuild:startBuild.sync`,
      Parameters: {
        ProjectName: project.projectName,
        'IdempotencyToken.$': TOKEN,
        // A folder with one archive in it: a ZIP file, which is what CodeBuild would unpack itself, keeps neither modes nor links.
        SourceTypeOverride: 'S3',
        'SourceLocationOverride.$': '$.source',
        'TimeoutInMinutesOverride.$': '$.timeoutMinutes',
        ...(ownMachine ? OWN_MACHINE : {}),
        // The type is never taken from data: whoever could set it to SECRETS_MANAGER could read secrets with the build's role.
        EnvironmentVariablesOverride: Object.entries(variables).map(([field, variable]) => ({
          Name: variable,
          Type: 'PLAINTEXT',
          'Value.$': `$.${field}`,
        })),
      },
      // What the build made lies in registry or object store; its description would fill the run's data.
      ResultPath: null,
      TimeoutSeconds: JOB_LIMIT.toSeconds(),
    },
  });
  return task.addRetry(BUILD_NOT_STARTED);
}
