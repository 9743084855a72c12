/** Reads the times of a job out of CodeBuild's description of a build: https://docs.aws.amazon.com/codebuild/latest/APIReference/API_Build.html */
import * as z from 'zod';
import type { JobPart, JobTimes } from '../contract/estimate';
import { jobSeconds } from './recorded-jobs';

/** The part that each phase belongs to: https://docs.aws.amazon.com/codebuild/latest/APIReference/API_BuildPhase.html */
const PART_OF_PHASE: Readonly<Record<string, JobPart>> = {
  SUBMITTED: 'queue',
  QUEUED: 'queue',
  PROVISIONING: 'provisioning',
  DOWNLOAD_SOURCE: 'source',
  INSTALL: 'source',
  PRE_BUILD: 'login',
  BUILD: 'build',
  POST_BUILD: 'build',
  FINALIZING: 'build',
};

/** The variable by which a buildspec exports the parts of its phase BUILD: `cacheImport=1.2 push=30.1`, in seconds. */
export const PARTS_VARIABLE = 'JOB_PARTS';

/** Seconds since 1970 in the API, milliseconds in the reply of Step Functions, a `Date` in the SDK. */
const Time = z.union([z.number(), z.date(), z.iso.datetime({ offset: true })]).transform((time) => {
  if (typeof time !== 'number') return new Date(time).getTime();
  return time < 1e11 ? time * 1000 : time;
});

/** The last phase, `COMPLETED`, has no end. */
const Phase = z.object({
  phaseType: z.string(),
  startTime: Time.nullish(),
  endTime: Time.nullish(),
  durationInSeconds: z.number().nonnegative().nullish(),
});

const Build = z.object({
  endTime: Time,
  startTime: Time.nullish(),
  phases: z.array(Phase),
  environment: z.object({ computeType: z.string(), type: z.string() }),
  exportedEnvironmentVariables: z
    .array(z.object({ name: z.string(), value: z.string() }))
    .nullish()
    .catch(undefined),
});

/** Returns the times, or undefined if the text is not that of a build with phases. `build` has its names in either case, and may be inside `Build`. */
export function readJobTimes(build: unknown): JobTimes | undefined {
  const lower = inLowerCamelCase(build);
  const inner = isObject(lower) && isObject(lower.build) ? lower.build : lower;
  const parsed = Build.safeParse(inner);
  if (!parsed.success) return undefined;
  const { phases, environment, startTime, endTime, exportedEnvironmentVariables } = parsed.data;
  const seconds: Partial<Record<JobPart, number>> = {};
  for (const phase of phases) {
    const part = PART_OF_PHASE[phase.phaseType];
    if (part !== undefined) seconds[part] = (seconds[part] ?? 0) + phaseSeconds(phase);
  }
  if (seconds.build === undefined) return undefined;
  const exported = exportedEnvironmentVariables?.find(({ name }) => name === PARTS_VARIABLE)?.value ?? '';
  return {
    machine: machineName(environment),
    parts: splitBuild(seconds, exportedParts(exported)),
    submittedAt: startTime ?? endTime - jobSeconds({ parts: seconds }) * 1000,
    endedAt: endTime,
  };
}

/** CodeBuild's own number is cut to whole seconds. */
function phaseSeconds({ startTime, endTime, durationInSeconds }: z.infer<typeof Phase>): number {
  if (startTime == null || endTime == null) return durationInSeconds ?? 0;
  return Math.max(0, endTime - startTime) / 1000;
}

/** Takes the exported parts out of the phase in which they were. More than the phase had is a damaged text, which counts for nothing. */
function splitBuild(
  seconds: JobTimes['parts'],
  { cacheImport = 0, push = 0 }: Pick<JobTimes['parts'], 'cacheImport' | 'push'>,
): JobTimes['parts'] {
  const build = (seconds.build ?? 0) - cacheImport - push;
  if (build < 0 || cacheImport + push === 0) return seconds;
  return { ...seconds, cacheImport, build, push };
}

function exportedParts(text: string): Pick<JobTimes['parts'], 'cacheImport' | 'push'> {
  const pairs = [...text.matchAll(/\b(cacheImport|push)=(\d+(?:\.\d+)?)(?=\s|$)/g)];
  return Object.fromEntries(pairs.map(([, name, value]) => [name, Number(value)]));
}

/** Returns the machine as `core/contract/job.ts` calls it, or in CodeBuild's words if it is of another kind. */
function machineName({ computeType, type }: { readonly computeType: string; readonly type: string }): string {
  const cpu = { LINUX_CONTAINER: 'x86_64', ARM_CONTAINER: 'arm64' }[type] ?? type;
  return `${cpu} ${computeType.replace(/^BUILD_GENERAL1_/, '').toLowerCase()}`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** Step Functions writes `BuildStatus` where the API writes `buildStatus`. */
function inLowerCamelCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inLowerCamelCase);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      name.slice(0, 1).toLowerCase() + name.slice(1),
      inLowerCamelCase(each),
    ]),
  );
}
