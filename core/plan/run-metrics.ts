/** What a run adds to the metrics. */
import type { RunReport } from '../contract';
import type { MetricName } from '../metrics';

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
