/** The state machine: plan, builds, versions, values file, report; and one path for errors. */
import { Aws, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { IProject } from 'aws-cdk-lib/aws-codebuild';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, type IChainable, LogLevel, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { Stage } from '../../core/catalog/model';
import { objectKeys } from '../../core/contract/keys';
import type { JobSource } from '../../core/planning/job-source';
import type { ObjectStore } from '../storage/object-store';
import { buildImages } from './build-states';
import type { PublishingStates } from './job-states';
import * as states from './run-states';
import { composeStages, withModules } from './stages';

/** A backstop for runs that nobody stops, besides waiting for a person. The longest job may take 39 hours. */
const RUN_LIMIT = Duration.hours(48);

export interface PipelineStateMachineProps {
  readonly stages: readonly Stage[];
  /** Jobs of a stage at a time, where the stage does not say. */
  readonly maxConcurrency: number;
  /** The longest time that any environment gives a person to approve. */
  readonly approvalHours: number;
  readonly project: IProject;
  /** The functions of the steps. */
  readonly plan: IFunction;
  readonly candidate: IFunction;
  readonly outcome: IFunction;
  readonly approval: IFunction;
  readonly release: IFunction;
  readonly commit: IFunction;
  readonly report: IFunction;
  readonly end: IFunction;
  /** Set if a run stops at its first failure. */
  readonly failFast: IFunction | undefined;
  /** Set if modules are published. */
  readonly publishing: PublishingStates | undefined;
  readonly jobs: JobSource;
  readonly store: ObjectStore;
}

/** Standard, because only that type runs every step exactly once unless a retry is asked for. */
export class PipelineStateMachine extends Construct {
  readonly stateMachine: StateMachine;

  constructor(scope: Construct, id: string, props: PipelineStateMachineProps) {
    super(scope, id);
    this.stateMachine = new StateMachine(this, 'StateMachine', {
      comment: 'Builds the images whose content changed, gives all images their version, moves the values file',
      definitionBody: DefinitionBody.fromChainable(this.definition(props)),
      timeout: RUN_LIMIT.plus(Duration.hours(props.approvalHours)),
      tracingEnabled: true,
      logs: {
        destination: new LogGroup(this, 'Log', {
          // CloudWatch limits the size of its policy for other log groups; those under this prefix need no entry in it.
          logGroupName: `/aws/vendedlogs/states/${Aws.STACK_NAME}`,
          retention: RetentionDays.THREE_MONTHS,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
        level: LogLevel.ALL,
        includeExecutionData: false,
      },
    });
    const projects = [props.project, ...(props.publishing === undefined ? [] : [props.publishing.project])];
    for (const statement of this.buildRights(projects)) this.stateMachine.addToRolePolicy(statement);
    // CDK adds the rights to start, watch, stop and redrive the executions of single jobs.
    if (props.jobs === 'store') {
      const modules = props.publishing === undefined ? [] : [objectKeys.moduleJobs('*', '*')];
      this.stateMachine.addToRolePolicy(props.store.reading(objectKeys.jobs('*', '*'), ...modules));
    }
  }

  private definition(props: PipelineStateMachineProps): IChainable {
    const input = states.takeTheInput(this);
    const failed = states.failTheRun(this, props.end);
    const reported = states.reportTheFailure(this, props.report);
    reported.addCatch(failed, { errors: ['States.ALL'], resultPath: '$.reportError' });
    const onError = states.noteTheFailure(this);
    // A run that is redriven after its end is planned anew: what was built by then is found.
    onError.next(reported).next(failed).next(input);
    const caught = { errors: ['States.ALL'], resultPath: '$.error' };

    const report = states.reportTheRun(this, props.report).addCatch(onError, caught);
    const move = states.moveValuesFile(this, props.commit).addCatch(onError, caught);
    const release = states.giveVersions(this, props.release).addCatch(onError, caught);
    const { bucketName } = props.store.bucket;
    const jobs = { ...props, scope: this, bucketName };
    const builds = buildImages(jobs, withModules(composeStages(props.stages), props.publishing?.stages ?? [])).addCatch(
      onError,
      caught,
    );
    const plan = states.planTheRun(this, props.plan).addCatch(onError, caught);

    const approval = states
      .waitForApproval(this, props.approval)
      .addCatch(states.nobodyApproved(this).next(onError), { errors: ['States.Timeout'], resultPath: '$.error' })
      .addCatch(onError, caught);

    const versions = release.next(move).next(report);
    const asked = states.anybodyToAsk(this).when(states.approvalIsAsked(), approval.next(versions)).otherwise(versions);
    const work = builds.next(asked);
    return input.next(plan).next(states.anythingToDo(this).when(states.planProceeds(), work).otherwise(report));
  }

  /** Start, watch and stop jobs of our projects. Without StopBuild an aborted run would leave its builds running. */
  private buildRights(projects: readonly IProject[]): PolicyStatement[] {
    const rule = Stack.of(this).formatArn({
      service: 'events',
      resource: 'rule',
      resourceName: 'StepFunctionsGetEventForCodeBuildStartBuildRule',
    });
    return [
      new PolicyStatement({
        actions: ['codebuild:BatchGetBuilds', 'codebuild:StartBuild', 'codebuild:StopBuild'],
        resources: projects.map(({ projectArn }) => projectArn),
      }),
      new PolicyStatement({
        actions: ['events:DescribeRule', 'events:PutRule', 'events:PutTargets'],
        resources: [rule],
      }),
    ];
  }
}
