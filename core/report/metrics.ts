/** Metrics as log lines that CloudWatch reads, so that no function needs a right to write them. */
import type { RunReport } from '../contract/report';

/** The namespace of all metrics. */
export const METRIC_NAMESPACE = 'ImagePipeline';

/** The dimension of all metrics: the name of the state machine, which tells the deployments of an account apart. */
export const METRIC_DIMENSION = 'StateMachine';

/** Units by name, in CloudWatch's words. */
const UNITS = {
  /** Images that a run built. */
  Built: 'Count',
  Retagged: 'Count',
  Kept: 'Count',
  /** Images that did not have to be built because their new content was built or released before. */
  CacheHits: 'Count',
  /** Build minutes of the run's jobs, by the catalog. */
  BuildMinutes: 'None',
  /** Cost of the run's jobs in US dollars. */
  BuildDollars: 'None',
  /** Runs that had to be started because no webhook did. */
  LostPushes: 'Count',
  /** Age of the oldest open run. */
  OldestRunHours: 'None',
} as const;

export type MetricName = keyof typeof UNITS;

/** Returns the name in the ARN of a state machine or of its execution, or undefined for anything that does not run in AWS. */
export function stateMachineName(arn: string): string | undefined {
  return /^arn:[\w-]+:states:[\w-]+:\d{12}:(?:execution|stateMachine):([\w-]+)/.exec(arn)?.[1];
}

/**
 * Returns one line in CloudWatch's embedded metric format. `timestamp` is in milliseconds since 1970; `facts` are for queries.
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

/** Returns the metrics of a run by what happened in it, or undefined for a dry run. */
export function runMetrics({
  dryRun,
  counts,
  work,
}: RunReport): Readonly<Partial<Record<MetricName, number>>> | undefined {
  if (dryRun === true) return undefined;
  return {
    Built: counts.built,
    Retagged: counts.retagged,
    Kept: counts.kept,
    CacheHits: work.cacheHits,
    BuildMinutes: work.minutes,
    ...(work.cost === null ? {} : { BuildDollars: work.cost }),
  };
}
