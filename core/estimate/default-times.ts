/** Times of jobs before any is recorded. Each names its source. */
import type { JobPart, SecondsRange } from '../contract/estimate';

/** The parts that depend on the machine and the account, not on the service. */
export const MACHINE_PARTS = ['queue', 'provisioning', 'source', 'login'] as const satisfies readonly JobPart[];

/**
 * Queue, provisioning and source are the replies that AWS itself shows: `batch-get-builds` and `stop-build` of the AWS CLI's examples, and
 * "Sandbox" in CodeBuild's user guide. Provisioning takes 3, 4, 14, 33 and 34 s in them, the source 0, 1, 2, 15 and 15 s, and the queue of
 * an account with free machines up to 1 s. An account that has run out of machines queues for much longer, which only records can tell.
 * None shows a login; it is one call each to ECR, the source's digest and the base images, taken as 2 to 20 s.
 */
export const DEFAULT_MACHINE_SECONDS: Readonly<Record<(typeof MACHINE_PARTS)[number], SecondsRange>> = {
  queue: { low: 0.3, likely: 0.6, high: 1.3 },
  provisioning: { low: 3, likely: 14, high: 34 },
  source: { low: 0.7, likely: 2, high: 15 },
  login: { low: 2, likely: 6, high: 20 },
};

/**
 * The range of a build by the catalog's minutes, as factors. The build strategy of the first user gives "10-15 min" for a service: 20 % to
 * either side. Ranges that people give are too narrow: of those meant to hold in 90 % of cases, 60 to 70 % do (M. Jørgensen, K. Teigen and
 * K. Moløkken, "Better sure than safe? Over-confidence in judgement based software development effort prediction intervals", Journal of
 * Systems and Software 70, 2004). On a logarithmic scale a range that holds in 65 % of cases has to be 1.37 times as wide to hold in 80 %.
 */
export const CATALOG_SPREAD: SecondsRange = { low: 0.75, likely: 1, high: 1.33 };
