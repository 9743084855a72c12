/** Alarms: what is out of the ordinary, one each. The end of a description names the heading in `docs/operations.md` that says what to do. */
import { Aws, Duration, Stack, Token } from 'aws-cdk-lib';
import { Alarm, type IMetric, MathExpression, Metric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { IProject } from 'aws-cdk-lib/aws-codebuild';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { type BuildMachine, MODULE_MACHINE, USUAL_MACHINE } from '../../core/contract/job';
import { priceOf, REFERENCE_REGION } from '../../core/estimate/price';
import { METRIC_DIMENSION, METRIC_NAMESPACE, type MetricName } from '../../core/report/metrics';
import type { Settings } from '../../core/settings/schema';

/** What is watched, and who is told. */
export interface AlarmsProps {
  readonly settings: Settings;
  readonly stateMachine: StateMachine;
  readonly project: IProject;
  /** The project that builds modules, where any are published. */
  readonly moduleProject?: IProject | undefined;
  readonly webhook: IFunction;
  readonly reconcile: IFunction;
  /** The function that posts notices, where there is one. */
  readonly notify?: IFunction | undefined;
  readonly topic: ITopic;
}

/** One alarm: it goes off at `threshold` or beyond. */
interface Watch {
  /** In words; also the heading in the runbook. */
  readonly name: string;
  readonly meaning: string;
  readonly metric: IMetric;
  readonly threshold: number;
  /** Periods in a row; default 1. */
  readonly periods?: number;
}

/** How often the reconcile function looks. */
const ROUND = Duration.minutes(15);

/** Each alarm's id is its name in one word: `Runs failed` is `RunsFailed`. */
export class Alarms extends Construct {
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    this.alarms = watches(props, Stack.of(this).region).map((watch) => this.alarm(watch, props.topic));
  }

  private alarm({ name, meaning, metric, threshold, periods = 1 }: Watch, topic: ITopic): Alarm {
    const anchor = name.toLowerCase().replaceAll(' ', '-');
    const id = name.replace(/ (\w)/g, (_, letter: string) => letter.toUpperCase());
    const alarm = new Alarm(this, id, {
      alarmName: `${Aws.STACK_NAME} ${name.toLowerCase()}`,
      alarmDescription: `${meaning}. What to do: docs/operations.md#${anchor}`,
      metric,
      threshold,
      evaluationPeriods: periods,
      // Nothing happened, or nobody pushed: both are well.
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(topic));
    return alarm;
  }
}

/** One of the metrics that functions log. */
export function ownMetric(stateMachine: StateMachine, metricName: MetricName, statistic: string): Metric {
  const dimensionsMap = { [METRIC_DIMENSION]: stateMachine.stateMachineName };
  return new Metric({ namespace: METRIC_NAMESPACE, metricName, dimensionsMap, statistic });
}

function watches(
  { settings, stateMachine, project, moduleProject, webhook, reconcile, notify }: AlarmsProps,
  region: string,
): Watch[] {
  const { dollarsPerDay, queueMinutes, runHours } = settings.alarms;
  const approvalHours = Math.max(0, ...settings.environments.map(({ approval }) => approval?.hours ?? 0));
  return [
    {
      name: 'Runs failed',
      meaning: 'A run failed or ran out of time',
      metric: sum(stateMachine.metricFailed(), stateMachine.metricTimedOut()),
      threshold: 1,
    },
    {
      name: 'Run stuck',
      meaning: `A run has been going on for ${runHours + approvalHours} hours`,
      metric: ownMetric(stateMachine, 'OldestRunHours', Stats.MAXIMUM).with({ period: ROUND }),
      threshold: runHours + approvalHours,
    },
    {
      name: 'Throttled',
      meaning: 'Lambda or Step Functions refused work because there was too much of it at once',
      metric: sum(webhook.metricThrottles(), stateMachine.metricThrottled()),
      threshold: 1,
    },
    {
      name: 'No run for a push',
      meaning: 'A push had no run until the reconcile function started one',
      metric: ownMetric(stateMachine, 'LostPushes', Stats.SUM).with({ period: ROUND }),
      threshold: 1,
    },
    {
      name: 'Reconcile failed',
      meaning: 'Nobody looks for lost pushes: the reconcile function has failed for 45 minutes',
      metric: reconcile.metricErrors({ period: ROUND }),
      threshold: 1,
      periods: 3,
    },
    {
      name: 'Queue time',
      meaning: `A job waited ${queueMinutes} minutes for a build machine`,
      metric: project.metric('QueuedDuration', { statistic: Stats.MAXIMUM, period: ROUND }),
      threshold: queueMinutes * 60,
    },
    {
      name: 'Cost per day',
      meaning: `Builds of one day cost ${dollarsPerDay} USD or more`,
      metric: costOf(project, moduleProject, region),
      threshold: dollarsPerDay,
    },
    ...(notify === undefined
      ? []
      : [
          {
            name: 'Notices lost',
            meaning: 'A notice could not be posted, and was given up',
            metric: notify.metric('AsyncEventsDropped', { statistic: Stats.SUM }),
            threshold: 1,
          },
        ]),
  ];
}

function sum(first: Metric, second: Metric): MathExpression {
  const statistic = Stats.SUM;
  return new MathExpression({
    expression: 'FILL(first, 0) + FILL(second, 0)',
    usingMetrics: { first: first.with({ statistic }), second: second.with({ statistic }) },
  });
}

/**
 * What a day's build minutes cost, those of images on the usual machine. CodeBuild itself counts them, those of runs that were stopped
 * included. A day without a module's build has no such minutes, and still a sum.
 */
function costOf(project: IProject, moduleProject: IProject | undefined, region: string): MathExpression {
  const period = Duration.days(1);
  const secondsOf = (each: IProject) => each.metricDuration({ statistic: Stats.SUM, period });
  const images = `seconds / 60 * ${dollarsOf(USUAL_MACHINE, region)}`;
  if (moduleProject === undefined) {
    return new MathExpression({ expression: images, usingMetrics: { seconds: secondsOf(project) }, period });
  }
  return new MathExpression({
    expression: `FILL(seconds, 0) / 60 * ${dollarsOf(USUAL_MACHINE, region)} + FILL(modules, 0) / 60 * ${dollarsOf(MODULE_MACHINE, region)}`,
    usingMetrics: { seconds: secondsOf(project), modules: secondsOf(moduleProject) },
    period,
  });
}

function dollarsOf(machine: BuildMachine, region: string): number {
  const price = priceOf(machine, Token.isUnresolved(region) ? REFERENCE_REGION : region);
  if (price === undefined)
    throw new Error(`no price of ${machine.compute} build machines is known in ${REFERENCE_REGION}`);
  return price.dollars;
}
