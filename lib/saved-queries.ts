/** Questions to the logs, saved in CloudWatch Logs Insights, where nobody has to write them at three in the morning. */
import { Aws } from 'aws-cdk-lib';
import { CfnQueryDefinition, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

export interface SavedQueriesProps {
  /** The logs of all functions. */
  readonly logs: readonly ILogGroup[];
}

/** By what they answer; the fields are those that `lambdas/log.ts` writes. */
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

/** Costs nothing until somebody asks. */
export class SavedQueries extends Construct {
  constructor(scope: Construct, id: string, { logs }: SavedQueriesProps) {
    super(scope, id);
    for (const [name, queryString] of Object.entries(QUERIES)) {
      new CfnQueryDefinition(this, name.replaceAll(' ', '-'), {
        name: `${Aws.STACK_NAME}/${name}`,
        logGroupNames: logs.map((log) => log.logGroupName),
        queryString,
      });
    }
  }
}
