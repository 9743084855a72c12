/** The plan of a promotion or a rollback: no inputs, no builds, only images that were released before. */
import type { Service } from '../catalog/model';
import type { Plan, PlannedService, Reason } from '../contract/plan';
import type { RecordedInput, Strategy } from '../contract/run-input';
import { buildFactsOf, type LockEntry } from '../version/version-lock';
import { countActions } from './build-plan';

/** A service and what was recorded of the image that it shall have. */
export interface RecordedService {
  readonly service: Service;
  readonly record: LockEntry;
}

/** Everything such a plan depends on. */
export interface RecordedFacts {
  readonly run: string;
  readonly input: RecordedInput;
  readonly branch: string;
  readonly environment: string;
  readonly commit: string;
  readonly strategy: Strategy;
  readonly services: readonly RecordedService[];
}

/** The plan. A whole release moves the platform version; named services get versions of their own. */
export function promotionPlan({ run, input, branch, environment, commit, strategy, services }: RecordedFacts): Plan {
  const isWhole = input.services === undefined;
  const planned = services.map((each) => planService(each, input, isWhole));
  return {
    schema: 1,
    run,
    action: input.action,
    ref: branch,
    environment,
    commit,
    strategy,
    ...(isWhole ? { platformVersion: input.version } : {}),
    ...(input.action === 'rollback' ? { rollbackTo: input.version } : {}),
    dryRun: input.dryRun === true,
    services: planned,
    totals: countActions(planned),
  };
}

/** The version that a service has afterwards. On a whole promotion a service with a line of its own keeps what it has. */
export function recordedVersion({ service, record }: RecordedService, input: RecordedInput): string {
  if (input.action === 'rollback') return record.version;
  return input.services === undefined && service.versioning === 'independent' ? record.version : input.version;
}

function planService(each: RecordedService, input: RecordedInput, isWhole: boolean): PlannedService {
  const { service, record } = each;
  return {
    name: service.name,
    image: service.image,
    stage: service.stage,
    action: 'retag',
    inputDigest: record.inputDigest,
    reasons: [reasonFor(record, input)],
    version: { kind: 'exact', version: recordedVersion(each, input) },
    origin: { kind: 'released', reference: record.digest },
    ...buildFactsOf(record),
    made: { inputDigest: record.inputDigest, source: record.source },
    minutes: service.minutes,
    values: service.values,
    followsPlatform: isWhole && service.versioning === 'platform',
  };
}

function reasonFor({ version, source }: LockEntry, input: RecordedInput): Reason {
  const what = `${version}, made from ${source.slice(0, 8)}`;
  if (input.action === 'rollback') return { kind: 'rolled-back', text: `as in ${input.version}: ${what}` };
  return { kind: 'promoted', text: `was ${what}; its very image gets the next name` };
}
