/** Alarms. The end of a description names the heading in `docs/operations.md` that says what to do. */
import { Duration, Stack, Token } from 'aws-cdk-lib';
import { Alarm, type IMetric, MathExpression, Metric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { IProject } from 'aws-cdk-lib/aws-codebuild';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { type BuildMachine, MODULE_MACHINE, USUAL_MACHINE } from '../../core/contract/job';
import { priceOf, REFERENCE_REGION } from '../../core/estimate/price';
import { METRIC_DIMENSION, METRIC_NAMESPACE, type MetricName } from '../../core/report/metrics';
import { mergeHours } from '../../core/settings/git-login';
import { rolloutNeeds } from '../../core/settings/rollout-rules';
import type { AlarmName, AlarmOverride, Settings } from '../../core/settings/schema';
import { RECONCILE_PERIOD } from '../functions/outside-runs';
import { pipelineName } from '../naming';

/** The watched resources, and the topic of the alarms. */
export interface AlarmsProps {
  readonly settings: Settings;
  readonly stateMachine: StateMachine;
  readonly project: IProject;
  /** The project that builds modules; undefined if none is published. */
  readonly moduleProject?: IProject | undefined;
  readonly webhook: IFunction;
  readonly reconcile: IFunction;
  readonly deadLetters: IQueue;
  readonly topic: ITopic;
}

/** One alarm. It goes off at `threshold` or more. */
interface Watch {
  readonly meaning: string;
  readonly metric: IMetric;
  readonly threshold: number;
  /** Periods in a row; default 1. */
  readonly periods?: number;
}

/** Each alarm's construct id is its name in camel case: `RunsFailed` for `runs-failed`. */
export class Alarms extends Construct {
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const { overrides } = props.settings.alarms;
    const watches = Object.entries(watchesOf(props, Stack.of(this).region)) as [AlarmName, Watch][];
    this.alarms = watches.flatMap(([name, watch]) => {
      const override = overrides[name];
      return override === 'off' ? [] : [this.alarm(name, { ...watch, ...given(override) }, props.topic)];
    });
  }

  private alarm(name: AlarmName, { meaning, metric, threshold, periods = 1 }: Watch, topic: ITopic): Alarm {
    const alarm = new Alarm(
      this,
      name.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase()),
      {
        alarmName: `${pipelineName(this)} ${name.replaceAll('-', ' ')}`,
        alarmDescription: `${meaning}. What to do: docs/operations.md#${name}`,
        metric,
        threshold,
        evaluationPeriods: periods,
        // Without data nothing happened, or there was no push. Both are fine.
        treatMissingData: TreatMissingData.NOT_BREACHING,
      },
    );
    alarm.addAlarmAction(new SnsAction(topic));
    return alarm;
  }
}

function given({ threshold, periods }: AlarmOverride = {}): Partial<Watch> {
  return { ...(threshold === undefined ? {} : { threshold }), ...(periods === undefined ? {} : { periods }) };
}

/** Returns one of the metrics that functions log. */
export function ownMetric(stateMachine: StateMachine, metricName: MetricName, statistic: string): Metric {
  const dimensionsMap = { [METRIC_DIMENSION]: stateMachine.stateMachineName };
  return new Metric({ namespace: METRIC_NAMESPACE, metricName, dimensionsMap, statistic });
}

function watchesOf(
  { settings, stateMachine, project, moduleProject, webhook, reconcile, deadLetters }: AlarmsProps,
  region: string,
): Record<AlarmName, Watch> {
  const { dollarsPerDay, queueMinutes, runHours } = settings.alarms;
  const approvalHours = Math.max(0, ...settings.environments.map(({ approval }) => approval?.hours ?? 0));
  const longestHours = Math.ceil(runHours + approvalHours + mergeHours(settings) + rolloutNeeds(settings).watchHours);
  return {
    'runs-failed': {
      meaning: 'A run failed or timed out',
      metric: sum(stateMachine.metricFailed(), stateMachine.metricTimedOut()),
      threshold: 1,
    },
    'run-stuck': {
      meaning: `A run has been going on for ${longestHours} hours`,
      metric: ownMetric(stateMachine, 'OldestRunHours', Stats.MAXIMUM).with({ period: RECONCILE_PERIOD }),
      threshold: longestHours,
    },
    throttled: {
      meaning: 'Lambda or Step Functions refused work because there was too much of it at once',
      metric: sum(webhook.metricThrottles(), stateMachine.metricThrottled()),
      threshold: 1,
    },
    'no-run-for-a-push': {
      meaning: 'A push had no run until the reconcile function started one',
      metric: ownMetric(stateMachine, 'LostPushes', Stats.SUM).with({ period: RECONCILE_PERIOD }),
      threshold: 1,
    },
    'reconcile-failed': {
      meaning: 'Nobody looks for lost pushes: the reconcile function has failed for 45 minutes',
      metric: reconcile.metricErrors({ period: RECONCILE_PERIOD }),
      threshold: 1,
      periods: 3,
    },
    'queue-time': {
      meaning: `A job waited ${queueMinutes} minutes for a build machine`,
      metric: project.metric('QueuedDuration', { statistic: Stats.MAXIMUM, period: RECONCILE_PERIOD }),
      threshold: queueMinutes * 60,
    },
    'cost-per-day': {
      meaning: `Builds of one day cost ${dollarsPerDay} USD or more`,
      metric: costOf(project, moduleProject, region),
      threshold: dollarsPerDay,
    },
    'events-lost': {
      meaning: 'A function failed three times to process an event: a notice, a report or a pull request',
      metric: deadLetters.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM }),
      threshold: 1,
    },
  };
}

function sum(first: Metric, second: Metric): MathExpression {
  const statistic = Stats.SUM;
  return new MathExpression({
    expression: 'FILL(first, 0) + FILL(second, 0)',
    usingMetrics: { first: first.with({ statistic }), second: second.with({ statistic }) },
  });
}

/**
 * Returns what a day's build minutes cost if all images were built on the usual machine. CodeBuild counts them, so builds of stopped runs are
 * included. Missing data of one project is filled with 0, or a day without modules would have no sum.
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
