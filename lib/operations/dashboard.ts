/** The dashboard, one page with alarms, runs, images, builds, functions and deliveries, and saved queries of the logs. */
import { Duration } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard as CloudWatchDashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  PeriodOverride,
  SingleValueWidget,
  Stats,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { IProject } from 'aws-cdk-lib/aws-codebuild';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnQueryDefinition, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { MetricName } from '../../core/report/metrics';
import { pipelineName } from '../naming';
import { ownMetric } from './alarms';

interface DashboardProps {
  readonly alarms: readonly Alarm[];
  readonly stateMachine: StateMachine;
  readonly project: IProject;
  readonly api: HttpApi;
  /** All functions of the stack. */
  readonly functions: readonly IFunction[];
}

const DAY = Duration.days(1);
const HOUR = Duration.hours(1);

/** At most fifty metrics: up to that, the first three dashboards of an account are free. */
export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, props: DashboardProps) {
    super(scope, id);
    new CloudWatchDashboard(this, 'Page', {
      dashboardName: pipelineName(this),
      periodOverride: PeriodOverride.INHERIT,
      defaultInterval: Duration.days(7),
      widgets: [
        [
          new TextWidget({ markdown: INTRODUCTION, width: 8, height: 4 }),
          new AlarmStatusWidget({ title: 'Alarms', alarms: [...props.alarms], width: 16, height: 4 }),
        ],
        [day(props), runs(props), duration(props)],
        [images(props), builds(props), queue(props)],
        [faults(props), deliveries(props)],
      ],
    });
  }
}

const INTRODUCTION = `# Image pipeline
Each alarm has a heading in \`docs/operations.md\` that says what to do. Saved queries of the logs are in a folder with the name of this page.`;

function day({ stateMachine }: DashboardProps): IWidget {
  const labels = {
    Built: 'built',
    CacheHits: 'found already built',
    BuildMinutes: 'build minutes',
    BuildDollars: 'USD',
  };
  return new SingleValueWidget({ title: 'One day', width: 8, height: 6, metrics: counts(stateMachine, labels, DAY) });
}

function runs({ stateMachine }: DashboardProps): IWidget {
  return graph('Runs', [
    stateMachine.metricStarted(hourly('started')),
    stateMachine.metricSucceeded(hourly('succeeded')),
    stateMachine.metricFailed(hourly('failed')),
    stateMachine.metricTimedOut(hourly('timed out')),
    stateMachine.metricAborted(hourly('stopped')),
  ]);
}

function duration({ stateMachine }: DashboardProps): IWidget {
  return graph('Time of a run (ms)', [
    stateMachine.metricTime(hourly('median', Stats.p(50))),
    stateMachine.metricTime(hourly('longest', Stats.MAXIMUM)),
  ]);
}

function images({ stateMachine }: DashboardProps): IWidget {
  const labels = { Built: 'built', Retagged: 'retagged', Kept: 'kept', CacheHits: 'found already built' };
  return graph('Images', counts(stateMachine, labels, HOUR));
}

function builds({ project }: DashboardProps): IWidget {
  return graph('Builds', [
    project.metricSucceededBuilds(hourly('succeeded')),
    project.metricFailedBuilds(hourly('failed')),
  ]);
}

function queue({ project }: DashboardProps): IWidget {
  return graph('Seconds of a build', [
    project.metric('QueuedDuration', hourly('longest wait', Stats.MAXIMUM)),
    project.metricDuration(hourly('median', Stats.p(50))),
    project.metricDuration(hourly('longest', Stats.MAXIMUM)),
  ]);
}

function faults({ functions }: DashboardProps): IWidget {
  const errors = functions.map((each) => each.metricErrors(hourly(`${each.node.id} errors`)));
  const throttles = functions.map((each) => each.metricThrottles(hourly(`${each.node.id} throttles`)));
  return graph('Functions', [...errors, ...throttles], 16);
}

function deliveries({ api }: DashboardProps): IWidget {
  return graph('Deliveries of the git host', [
    api.metricCount(hourly('all')),
    api.metricClientError(hourly('refused')),
    api.metricServerError(hourly('not answered')),
  ]);
}

function hourly(label: string, statistic: string = Stats.SUM) {
  return { statistic, period: HOUR, label };
}

/** Returns metrics that functions log, by name, each with its label. */
function counts(machine: StateMachine, labels: Partial<Record<MetricName, string>>, period: Duration): IMetric[] {
  const names = Object.keys(labels) as MetricName[];
  return names.map((name) => ownMetric(machine, name, Stats.SUM).with({ period, label: labels[name] }));
}

function graph(title: string, left: IMetric[], width = 8): IWidget {
  return new GraphWidget({ title, left, width, height: 6 });
}

interface SavedQueriesProps {
  /** The logs of all functions. */
  readonly logs: readonly ILogGroup[];
}

/** By name. The fields are those that `lambdas/shared/log.ts` writes. */
const QUERIES: Readonly<Record<string, string>> = {
  'all of one run': `fields @timestamp, step, message, seconds, error, cause
| filter run = "PUT THE RUN'S NAME HERE"
| sort @timestamp asc`,
  'failed steps': `fields @timestamp, step, run, error, cause
| filter message = "step failed"
| sort @timestamp desc
| limit 100`,
  'failed builds': `fields @timestamp, run, service, status, cause, logs
| filter step = "outcome" and message = "step done"
| sort @timestamp desc
| limit 100`,
  'time of steps': `filter message = "step done"
| stats count() as times, avg(seconds) as mean, pct(seconds, 95) as p95, max(seconds) as longest by step
| sort longest desc`,
  'what runs did': `fields @timestamp, run, Built, Retagged, Kept, CacheHits, BuildMinutes, BuildDollars
| filter message = "metrics" and ispresent(Built)
| sort @timestamp desc
| limit 100`,
  'webhook deliveries': `fields @timestamp, status, result, reason, ref, commit, run
| filter step = "webhook"
| sort @timestamp desc
| limit 100`,
};

/** Queries that CloudWatch Logs Insights offers by name. They cost nothing until somebody runs one. */
export class SavedQueries extends Construct {
  constructor(scope: Construct, id: string, { logs }: SavedQueriesProps) {
    super(scope, id);
    for (const [name, queryString] of Object.entries(QUERIES)) {
      new CfnQueryDefinition(this, name.replaceAll(' ', '-'), {
        name: `${pipelineName(this)}/${name}`,
        logGroupNames: logs.map((log) => log.logGroupName),
        queryString,
      });
    }
  }
}
