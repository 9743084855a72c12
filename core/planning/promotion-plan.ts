/** The plan of a promotion or a rollback: no inputs and no builds, only images that were released before. */
import type { Service } from '../catalog/model';
import type { Plan, PlannedService, Reason } from '../contract/plan';
import type { RecordedInput } from '../contract/run-input';
import { buildFactsOf, type LockEntry } from '../version/version-lock';
import { makePlan, type PlanTarget } from './build-plan';

/** A service with the record of the image that it gets. */
export interface RecordedService {
  readonly service: Service;
  readonly record: LockEntry;
}

/** Returns the plan. A whole release gives the platform its version; named services get versions of their own. */
export function promotionPlan(target: PlanTarget<RecordedInput>, services: readonly RecordedService[]): Plan {
  return makePlan(
    target,
    services.map((each) => planService(each, target.input)),
  );
}

/** Returns the version that a service gets. In a whole promotion, an independent service keeps its version. */
export function recordedVersion({ service, record }: RecordedService, input: RecordedInput): string {
  if (input.action === 'rollback') return record.version;
  return input.services === undefined && service.versioning === 'independent' ? record.version : input.version;
}

function planService(each: RecordedService, input: RecordedInput): PlannedService {
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
    followsPlatform: input.services === undefined && service.versioning === 'platform',
  };
}

function reasonFor({ version, source }: LockEntry, input: RecordedInput): Reason {
  const image = `${version}, built from ${source.slice(0, 8)}`;
  if (input.action === 'rollback') return { kind: 'rolled-back', text: `as in ${input.version}: ${image}` };
  return { kind: 'promoted', text: `was ${image}; the same image gets its next version` };
}
