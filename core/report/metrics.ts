/** Metrics of the pipeline, written as log lines from which CloudWatch takes them, so that no function needs a right for it. */
import type { RunReport } from '../contract/report';

/** Where they are found. */
export const METRIC_NAMESPACE = 'ImagePipeline';

/** The dimension of all of them: the name of the state machine, which tells deployments in one account apart. */
export const METRIC_DIMENSION = 'StateMachine';

/** Units by name, as CloudWatch knows them. */
const UNITS = {
  /** Images that a run built. */
  Built: 'Count',
  Retagged: 'Count',
  Kept: 'Count',
  /** Images whose content had changed, and which had been built before. */
  CacheHits: 'Count',
  /** Build minutes of the run's jobs, by the catalog. */
  BuildMinutes: 'None',
  /** What these cost, in US dollars. */
  BuildDollars: 'None',
  /** Runs that had to be started because no webhook did. */
  LostPushes: 'Count',
  /** How long the oldest open run has been going on. */
  OldestRunHours: 'None',
} as const;

export type MetricName = keyof typeof UNITS;

/** The name of the state machine in the ARN of its execution or its own; undefined for what does not run in AWS. */
export function stateMachineName(arn: string): string | undefined {
  return /^arn:[\w-]+:states:[\w-]+:\d{12}:(?:execution|stateMachine):([\w-]+)/.exec(arn)?.[1];
}

/**
 * One line in CloudWatch's embedded metric format; `timestamp` is in milliseconds since 1970, other facts are for queries.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function metricLine(
  stateMachine: string,
  values: Readonly<Partial<Record<MetricName, number>>>,
  timestamp: number,
  facts: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  const names = Object.keys(values) as MetricName[];
  return {
    message: 'metrics',
    ...facts,
    [METRIC_DIMENSION]: stateMachine,
    ...values,
    _aws: {
      Timestamp: timestamp,
      CloudWatchMetrics: [
        {
          Namespace: METRIC_NAMESPACE,
          Dimensions: [[METRIC_DIMENSION]],
          Metrics: names.map((Name) => ({ Name, Unit: UNITS[Name] })),
        },
      ],
    },
  };
}

// What a run adds to the metrics.

/** All of a run's metrics; undefined for a dry run, which did nothing. What a failed run built is counted, and nothing else of it. */
export function runMetrics(report: RunReport): Readonly<Partial<Record<MetricName, number>>> | undefined {
  const { status, totals, work } = report;
  if (status === 'PLANNED') return undefined;
  const isDone = status === 'SUCCEEDED';
  return {
    Built: work.built,
    Retagged: isDone ? totals.retag : 0,
    Kept: isDone ? totals.keep : 0,
    CacheHits: work.cacheHits,
    BuildMinutes: work.minutes,
    ...(work.cost === null ? {} : { BuildDollars: work.cost }),
  };
}
