/** The state machine: its definition, time limit, log and rights. */
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { Stage } from '../../core/catalog/model';
import { objectKeys } from '../../core/contract/keys';
import { executionsOf, pipelineName } from '../naming';
import type { ObjectStore } from '../storage/stores';
import { runDefinition, type StepFunctions } from './definition';
import type { BuildStates } from './job-states';
import type { Rollouts } from './rollout-states';
import { JOB_LIMIT, START_LIMIT } from './tasks';

/** Time for all steps of a run besides its builds and its approval. */
const STEPS_LIMIT = Duration.hours(11);

export interface PipelineStateMachineProps extends Omit<BuildStates, 'scope' | 'bucketName'>, StepFunctions {
  readonly stages: readonly Stage[];
  /** The longest time that any environment gives a person to approve. */
  readonly approvalHours: number;
  readonly store: ObjectStore;
  readonly logRetention: RetentionDays;
  /** The longest time that a pull request waits for its merge; 0 if all commits are pushed. */
  readonly mergeHours: number;
  /** The longest time until all images are in the registry of an environment; 0 if none has its own. */
  readonly deliveryHours: number;
  /** What follows the commit, and its longest time. Undefined if no environment goes on. */
  readonly rollouts?: (Rollouts & { readonly hours: number }) | undefined;
}

/** A state machine of the standard type: it alone runs every step exactly once, unless a retry is asked for. */
export class PipelineStateMachine extends Construct {
  readonly stateMachine: StateMachine;

  constructor(scope: Construct, id: string, props: PipelineStateMachineProps) {
    super(scope, id);
    const builds = { ...props, scope: this, bucketName: props.store.bucket.bucketName };
    const definition = runDefinition(builds, props, props.stages, props.rollouts, {
      isProposed: props.mergeHours > 0,
      isDelivered: props.deliveryHours > 0,
    });
    this.stateMachine = new StateMachine(this, 'StateMachine', {
      comment: 'Builds the images whose content changed, tags all images with their version, updates the values file',
      definitionBody: DefinitionBody.fromChainable(definition),
      // The limit is a backstop: nothing else ends a run that hangs.
      timeout: START_LIMIT.plus(JOB_LIMIT)
        .plus(STEPS_LIMIT)
        .plus(
          wholeSeconds(props.approvalHours + props.deliveryHours + mergeLimit(props) + (props.rollouts?.hours ?? 0)),
        ),
      tracingEnabled: true,
      logs: {
        destination: new LogGroup(this, 'Log', {
          // CloudWatch limits the size of its policy for other log groups; those under this prefix need no entry in it.
          logGroupName: `/aws/vendedlogs/states/${pipelineName(this)}`,
          retention: props.logRetention,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
        level: LogLevel.ALL,
        includeExecutionData: false,
      },
    });
    for (const statement of this.rights(props)) this.stateMachine.addToRolePolicy(statement);
    if (props.rollouts?.promotes || props.rollouts?.rollsBack) this.mayStartItself(props.rollouts.rollsBack);
  }

  /** A policy of its own, because the machine would depend on itself if its role named it before it exists. */
  private mayStartItself(waits: boolean): void {
    const { stateMachineArn } = this.stateMachine;
    const executions = executionsOf(this.stateMachine);
    const waiting = [
      new PolicyStatement({ actions: ['states:DescribeExecution', 'states:StopExecution'], resources: [executions] }),
      this.waitingBy('StepFunctionsGetEventsForStepFunctionsExecutionRule'),
    ];
    const start = new PolicyStatement({ actions: ['states:StartExecution'], resources: [stateMachineArn] });
    new Policy(this, 'OwnRuns', { roles: [this.stateMachine.role], statements: [start, ...(waits ? waiting : [])] });
  }

  /** Returns the rights to a rule, by which Step Functions learns that what it started has ended. */
  private waitingBy(resourceName: string): PolicyStatement {
    const rule = Stack.of(this).formatArn({ service: 'events', resource: 'rule', resourceName });
    const actions = ['events:DescribeRule', 'events:PutRule', 'events:PutTargets'];
    return new PolicyStatement({ actions, resources: [rule] });
  }

  /** Rights to run jobs. Without StopBuild a stopped run would leave its builds running. CDK adds all other rights. */
  private rights({ project, publishing, jobs, store, rollouts }: PipelineStateMachineProps): PolicyStatement[] {
    const projects = [project, publishing?.project, rollouts?.commands].filter((each) => each !== undefined);
    const modules = publishing === undefined ? [] : [objectKeys.moduleJobs('*', '*')];
    return [
      new PolicyStatement({
        actions: ['codebuild:BatchGetBuilds', 'codebuild:StartBuild', 'codebuild:StopBuild'],
        resources: projects.map(({ projectArn }) => projectArn),
      }),
      this.waitingBy('StepFunctionsGetEventForCodeBuildStartBuildRule'),
      ...(jobs === 'store' ? [store.reading(objectKeys.jobs('*', '*'), ...modules)] : []),
    ];
  }
}

/** A rollback that a run waits for has a pull request of its own. */
function mergeLimit({ mergeHours, rollouts }: PipelineStateMachineProps): number {
  return mergeHours * (rollouts?.rollsBack === true ? 2 : 1);
}

/** Rounds up, because CloudFormation takes whole seconds and CDK refuses to convert anything else. */
function wholeSeconds(hours: number): Duration {
  return Duration.seconds(Math.ceil(hours * 3600));
}
