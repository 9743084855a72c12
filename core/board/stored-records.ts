/**
 * Reads the stored records of a run. Records of older versions lack fields, and a disk can damage any of them: what is missing gets a
 * harmless value, and what cannot be read becomes a sentence.
 */
import * as z from 'zod';
import { BUILD_STATUSES, MODULE_KINDS } from '../contract/job';
import { type Plan, SERVICE_ACTIONS } from '../contract/plan';
import type { Approval, ApprovalAnswer, Proposal, ReleaseRecord } from '../contract/release';
import { type RunReport, type RunTimeline, SERVICE_ENDS } from '../contract/report';
import { ACTIONS } from '../contract/run-input';
import { GATE_SEVERITIES, SCANNERS, SEVERITIES } from '../contract/scan/scan';
import { parseJson } from '../text/json';
import { present } from '../text/present';
import type { RunRecords } from './run-header';

/** The records of a run that pages use. */
export const RECORD_NAMES = ['plan', 'report', 'release', 'proposal', 'approval', 'answer', 'timeline'] as const;

export type RecordName = (typeof RECORD_NAMES)[number];

/** Returns the records. `stored` has the text of each record that exists. */
export function readRunRecords(run: string, stored: Readonly<Partial<Record<RecordName, string>>>): RunRecords {
  const problems: string[] = [];
  const read = <Value>(name: RecordName, schema: z.ZodType): Value | undefined => {
    const text = stored[name];
    if (text === undefined) return undefined;
    const result = schema.safeParse(parseJson(text));
    if (result.success) return result.data as Value;
    problems.push(`The record ${name}.json of this run is damaged and is not shown.`);
    return undefined;
  };
  const records = present({
    plan: read<Plan>('plan', StoredPlan),
    report: read<RunReport>('report', StoredReport),
    release: read<ReleaseRecord>('release', StoredRelease),
    proposal: read<Pick<Proposal, 'pull'>>('proposal', StoredProposal),
    approval: read<Approval>('approval', StoredApproval),
    answer: read<ApprovalAnswer>('answer', StoredAnswer),
    timeline: read<RunTimeline>('timeline', StoredTimeline),
  });
  return { run, ...records, problems };
}

const text = z.string().catch('');
const number = z.number().catch(0);
const optionalText = optional(z.string());
const optionalNumber = optional(z.number());

/** Returns undefined for what cannot be read. */
function optional<Schema extends z.ZodType>(schema: Schema) {
  return schema.optional().catch(undefined);
}

/** Returns a list without the items that cannot be read; an empty one if it is no list. */
function listOf(item: z.ZodType) {
  return z
    .array(z.unknown())
    .catch([])
    .transform((items) =>
      items.flatMap((each) => {
        const result = item.safeParse(each);
        return result.success ? [result.data] : [];
      }),
    );
}

const totals = z.object({ build: number, retag: number, keep: number }).catch({ build: 0, retag: 0, keep: 0 });

const reasons = listOf(z.object({ kind: text, path: optionalText, text }));

const version = z
  .union([
    z.object({ kind: z.literal('exact'), version: z.string() }),
    z.object({ kind: z.literal('next'), line: text, after: number }),
    z.object({ kind: z.literal('none') }),
  ])
  .catch({ kind: 'none' });

const range = { low: z.number(), likely: z.number(), high: z.number() };

const StoredPlan = z.looseObject({
  action: text,
  ref: text,
  environment: optionalText,
  commit: text,
  platformVersion: optionalText,
  rollbackTo: optionalText,
  note: optionalText,
  startedBy: optionalText,
  warnings: optional(z.array(z.string())),
  dryRun: z.boolean().catch(false),
  services: listOf(
    z.looseObject({
      name: z.string(),
      stage: text,
      action: z.enum(SERVICE_ACTIONS),
      minutes: number,
      reasons,
      version,
      previousVersion: optionalText,
    }),
  ),
  modules: listOf(z.looseObject({ name: z.string(), stage: text, minutes: number })),
  totals,
  estimate: optional(z.looseObject({ ...range, jobs: listOf(z.looseObject({ name: z.string(), ...range })) })),
});

const counts = optional(z.object(Object.fromEntries(SERVICE_ENDS.map((end) => [end, number]))));

const pull = optional(z.object({ number: z.number(), url: z.string() }));

const severityCounts = z.record(z.enum(SEVERITIES), number).catch({} as never);

const vulnerability = {
  service: text,
  id: text,
  severity: z.enum(SEVERITIES).catch('UNKNOWN'),
  package: text,
  version: optionalText,
  fixedIn: optionalText,
};

const waiver = z.object({ id: text, by: text, until: text });

const scan = optional(
  z.object({
    from: z.enum(SCANNERS),
    severity: z.enum(GATE_SEVERITIES),
    verdict: z.enum(['passed', 'refused', 'reported']),
    images: listOf(
      z.object({
        service: z.string(),
        counts: severityCounts,
        open: number,
        waived: number,
        problem: optionalText,
        isFailed: optional(z.boolean()),
      }),
    ),
    open: listOf(z.object(vulnerability)),
    waived: listOf(z.object({ ...vulnerability, until: text, by: text })),
    expired: listOf(waiver),
    unused: listOf(waiver),
  }),
);

const StoredReport = z.looseObject({
  status: z.enum(['SUCCEEDED', 'FAILED', 'PLANNED']),
  dryRun: optional(z.boolean()),
  action: z.enum([...ACTIONS, 'unknown']).catch('unknown'),
  ref: optionalText,
  environment: optionalText,
  source: optionalText,
  version: optionalText,
  startedBy: optionalText,
  warnings: optional(z.array(z.string())),
  approval: optional(z.object({ by: optionalText, comment: optionalText })),
  totals,
  counts,
  result: text,
  services: listOf(z.object({ name: z.string(), stage: text, action: text, end: z.enum(SERVICE_ENDS) })).optional(),
  work: z
    .object({ built: number, cacheHits: number, minutes: number, cost: z.number().nullable().catch(null) })
    .catch({ built: 0, cacheHits: 0, minutes: 0, cost: null }),
  timing: optional(z.looseObject({ real: z.number() })),
  failed: listOf(
    z.object({ service: z.string(), status: z.enum(BUILD_STATUSES), logs: optionalText, cause: optionalText }),
  ),
  packages: listOf(
    z.object({
      module: text,
      kind: optional(z.enum(MODULE_KINDS)),
      package: text,
      version: text,
      isNew: z.boolean().catch(false),
    }),
  ),
  superseded: listOf(z.string()),
  scan,
  commit: z.string().nullable().catch(null),
  pull,
  startedAt: optionalText,
  seconds: number,
  error: optional(z.object({ name: text, message: text })),
  summary: optionalText,
  page: optionalText,
  rollout: optional(
    z.object({
      environment: text,
      end: optionalText,
      why: optionalText,
      services: listOf(
        z.object({
          service: z.string(),
          state: text,
          expected: text,
          ready: number,
          wanted: number,
          why: optionalText,
        }),
      ),
      checks: listOf(z.object({ name: z.string(), state: text, tries: number, why: optionalText })),
      rollback: optional(z.object({ run: z.string() })),
      promotion: optional(z.object({ run: z.string(), environment: text })),
    }),
  ),
});

const StoredProposal = z.looseObject({ pull });

const StoredRelease = z.looseObject({
  services: listOf(z.looseObject({ name: z.string(), version: z.string(), digest: text })),
});

const StoredApproval = z.looseObject({ until: z.iso.datetime() });

const StoredAnswer = z.looseObject({
  approved: z.boolean(),
  reason: optionalText,
  by: optionalText,
  comment: optionalText,
});

const StoredTimeline = z.looseObject({
  startedAt: z.number(),
  endedAt: optionalNumber,
  steps: listOf(z.looseObject({ name: z.string(), startedAt: z.number(), endedAt: optionalNumber })),
  jobs: listOf(
    z.looseObject({
      name: z.string(),
      queuedAt: z.number(),
      startedAt: optionalNumber,
      endedAt: optionalNumber,
      isFailed: optional(z.boolean()),
    }),
  ),
});
