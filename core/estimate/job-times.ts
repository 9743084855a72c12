/** Reads the times of a job out of CodeBuild's description of a build: https://docs.aws.amazon.com/codebuild/latest/APIReference/API_Build.html */
import * as z from 'zod';
import type { JobPart, JobTimes, JobUsage, RecordedJob } from '../contract/estimate';
import { BUILDS_AT_ONCE, SHARE_AT_ONCE } from './packing/machine-times';
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

/**
 * The variable by which a buildspec exports the parts of its phase BUILD in seconds, and what it used in bytes and seconds:
 * `cacheImport=1.2 push=30.1 memory=314572800 cpu=41.3`. Of several images it has the name, all seconds and the parts of each:
 * `auth:34 cacheImport=1.2 push=30.1;ngui:60;`.
 */
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

/**
 * Returns the times, or undefined if the text is not that of a build with phases. `build` has its names in either case, and may be inside `Build`.
 * Of a machine with several images it returns those of `image`, as if it had been alone.
 */
export function readJobTimes(build: unknown, image?: string): JobTimes | undefined {
  const parsed = parseBuild(build);
  if (parsed === undefined) return undefined;
  const { phases, environment, startTime, endTime } = parsed;
  const seconds: Partial<Record<JobPart, number>> = {};
  for (const phase of phases) {
    const part = PART_OF_PHASE[phase.phaseType];
    if (part !== undefined) seconds[part] = (seconds[part] ?? 0) + phaseSeconds(phase);
  }
  if (seconds.build === undefined) return undefined;
  const all = exportedText(parsed);
  const own = image === undefined ? undefined : imageParts(all, image);
  if (image !== undefined && own === undefined) return undefined;
  if (own !== undefined) seconds.build = own.seconds;
  const exported = own?.parts ?? all;
  const usage = image === undefined ? exportedUsage(all) : undefined;
  return {
    machine: machineName(environment),
    parts: splitBuild(seconds, exportedParts(exported)),
    submittedAt: startTime ?? endTime - jobSeconds({ parts: seconds }) * 1000,
    endedAt: endTime,
    ...(usage === undefined ? {} : { usage }),
  };
}

function parseBuild(build: unknown): z.infer<typeof Build> | undefined {
  const lower = inLowerCamelCase(build);
  const inner = isObject(lower) && isObject(lower.build) ? lower.build : lower;
  return Build.safeParse(inner).data;
}

function exportedText({ exportedEnvironmentVariables }: z.infer<typeof Build>): string {
  return exportedEnvironmentVariables?.find(({ name }) => name === PARTS_VARIABLE)?.value ?? '';
}

/** Returns the times of all images of a machine. */
export function sharedJobs(build: unknown): readonly RecordedJob[] {
  const parsed = parseBuild(build);
  const entries = parsed === undefined ? [] : exportedText(parsed).split(';');
  const names = entries.flatMap((entry) => entry.match(/^[^:]+(?=:)/) ?? []);
  return names.flatMap((name) => {
    const times = readJobTimes(build, name);
    return times === undefined ? [] : [{ name, ...times }];
  });
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

/** Builds side by side slow each other, so that only a part of an image's seconds is its own (`core/estimate/packing/machine-times.ts`). */
const OWN_SHARE = 1 / (BUILDS_AT_ONCE * SHARE_AT_ONCE);

/** Returns the part of the text that is about the image, with its own seconds. */
function imageParts(text: string, image: string): { readonly seconds: number; readonly parts: string } | undefined {
  const entry = text.split(';').find((each) => each.startsWith(`${image}:`));
  const [, seconds, parts = ''] = /^:(\d+)(.*)$/s.exec(entry?.slice(image.length) ?? '') ?? [];
  return seconds === undefined ? undefined : { seconds: Number(seconds) * OWN_SHARE, parts };
}

function exportedParts(text: string): Pick<JobTimes['parts'], 'cacheImport' | 'push'> {
  const pairs = [...text.matchAll(/\b(cacheImport|push)=(\d+(?:\.\d+)?)(?=\s|$)/g)];
  return Object.fromEntries(pairs.map(([, name, value]) => [name, Number(value)]));
}

function exportedUsage(text: string): JobUsage | undefined {
  const [, memory, cpu] = /\bmemory=(\d{1,15}) cpu=(\d{1,9}(?:\.\d+)?)$/.exec(text) ?? [];
  return memory === undefined || Number(memory) === 0 ? undefined : { memory: Number(memory), cpu: Number(cpu) };
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
  const lower = (name: string) => name.slice(0, 1).toLowerCase() + name.slice(1);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [lower(name), inLowerCamelCase(each)]));
}
