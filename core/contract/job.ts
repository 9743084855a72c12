/** Contract, part 3: the jobs that build images and modules, and how each ends. */
import type { JobTimes } from './estimate';
import type { BaseDigests, ImageOrigin } from './image';

/** One image build, as the state machine passes it to the build machine. All values are data, never shell text. */
export interface BuildJob {
  readonly service: string;
  readonly inputDigest: string;
  /** The image that the job pushes: `host/repository:service.key`. */
  readonly candidate: string;
  /** `JobBases` as JSON. */
  readonly bases: string;
  /** The machine that builds the image. */
  readonly machine: CodeBuildMachine;
  /** The build machine's limit in minutes (CodeBuild allows 5 to 2160). */
  readonly timeoutMinutes: number;
}

/** The images of one machine: an item of a stage's Map if images may share machines. */
export interface MachineJob extends Pick<BuildJob, 'service' | 'machine' | 'timeoutMinutes'> {
  /** The longest first. `service` is the first one's. */
  readonly images: readonly BuildJob[];
  /** True if the machine builds several images. */
  readonly together: boolean;
  /** The location of `images` as JSON, in the form of `ObjectStore.location`. Empty for one image. */
  readonly list: string;
}

/** The images that a build starts from. */
export interface JobBases {
  /** External base images by digest. */
  readonly digests: BaseDigests;
  /** The catalog's images by service, if the plan knows their origin better than their inputs tell. */
  readonly images: Readonly<Record<string, ImageOrigin>>;
  /** True if the build may use nothing that an earlier build left on the machine: the image is rebuilt because of its age. */
  readonly noCache: boolean;
  /** The scope of the build cache that this build writes (`cacheScope` in `core/planning/build-jobs.ts`). */
  readonly cacheScope: string;
}

/** The kinds of packages that modules are published as. Each has an index and a tool of its own. */
export const MODULE_KINDS = ['python', 'npm', 'maven', 'go'] as const;

export type ModuleKind = (typeof MODULE_KINDS)[number];

/** The kinds whose packages are uploaded to an index. A version of a Go module is a tag of the monorepo. */
export type IndexedKind = Exclude<ModuleKind, 'go'>;

/** One module build, as the state machine passes it to the build machine. All values are data, never shell text. */
export interface ModuleJob {
  /** The name of its outcome. */
  readonly service: string;
  readonly module: string;
  readonly kind: ModuleKind;
  readonly contentDigest: string;
  /** The version of the package. */
  readonly version: string;
  /** Folder of the object store that takes the built files, in the form of `ObjectStore.location`. */
  readonly packages: string;
  /** The build machine's limit in minutes (CodeBuild allows 5 to 2160). */
  readonly timeoutMinutes: number;
}

/** Asks before a job starts if another job of the run has failed. Sent only if the run stops at its first failure. */
export interface FailFastRequest {
  readonly run: string;
  readonly redrives: number;
}

export interface FailFastResult {
  readonly mayStart: boolean;
}

/** The input of the candidate step for an image that was built. `candidate` is the job's, `build` CodeBuild's reply, unchecked. */
export interface CandidateRequest {
  readonly run: string;
  readonly candidate: string;
  readonly build?: unknown;
  /** The service, if its machine built other images, too. */
  readonly sharedBy?: string;
}

/** `digest` is the manifest's. */
export interface CandidateResult {
  readonly digest: string;
}

/** A candidate that was built, stored under `objectKeys.candidate(tag)`. */
export interface BuiltCandidate {
  readonly run: string;
  /** ISO 8601. */
  readonly builtAt: string;
  /** Absent if the build did not tell them. */
  readonly times?: JobTimes;
}

/** The run that built an image, stored under `objectKeys.built(digest)`. A release statement names it. */
export type BuiltImage = Pick<BuiltCandidate, 'run'>;

/** The input of the publish step for a module that was built. `build` is CodeBuild's reply, unchecked. */
export interface PublishRequest {
  readonly run: string;
  readonly module: string;
  readonly contentDigest: string;
  readonly build?: unknown;
}

/** The release that the package index has now, stored under `objectKeys.published(run, module)`. */
export interface PublishResult {
  readonly package: string;
  readonly version: string;
  /** Absent if the build did not tell them. */
  readonly times?: JobTimes;
}

/** The ends of a job. `FAULT`: the build machine failed, not the build. `STOPPED`: the job was stopped or not started. */
export const BUILD_STATUSES = ['SUCCEEDED', 'FAILED', 'FAULT', 'TIMED_OUT', 'STOPPED'] as const;

export type BuildStatus = (typeof BUILD_STATUSES)[number];

/** The input of the outcome step for a job that did not succeed. `Cause` can be any text. */
export interface OutcomeRequest {
  readonly run: string;
  readonly service: string;
  /** 2 for the second attempt, after a fault of the machine. */
  readonly attempt: number;
  /** The number of redrives when the run's builds began. */
  readonly redrives: number;
  readonly error: { readonly Error: string; readonly Cause?: string };
}

/** The end of one job: the result of one Map item. `service` of a module is `module/<name>`. */
export interface BuildOutcome {
  readonly service: string;
  readonly status: BuildStatus;
  /** A link that a person can open. */
  readonly logs?: string;
  /** The problem, at most 300 characters. */
  readonly cause?: string;
  /** For a module: its published version. */
  readonly version?: string;
  /** False if an image was built, but its manifests could not be kept: the release has to pull them. */
  readonly kept?: boolean;
}

/** A failure as the outcome step stores it, under `objectKeys.failure(run, service)`. */
export interface StoredFailure extends BuildOutcome, Pick<OutcomeRequest, 'attempt' | 'redrives'> {
  /** Absent if the build did not tell them, or never was one. */
  readonly times?: JobTimes;
}

/** Outcomes in the arrays in which Parallel and Map states nest them. */
export type NestedOutcomes = BuildOutcome | readonly NestedOutcomes[];

/** Returns the name of a module's outcome, which no service can have. */
export function moduleOutcomeName(module: string): string {
  return `${MODULE_PREFIX}${module}`;
}

/** Returns true for the outcome of a module. */
export function isModuleOutcome(service: string): boolean {
  return service.startsWith(MODULE_PREFIX);
}

const MODULE_PREFIX = 'module/';

/**
 * Builds that CodeBuild queues for each one that an account may run at a time. It refuses to start further ones with
 * `AccountLimitExceededException`. https://docs.aws.amazon.com/codebuild/latest/userguide/builds-working.html
 */
export const QUEUED_PER_BUILD = 5;

/** Hours that a build may wait in CodeBuild's queue: the most that CodeBuild allows. Queued builds start in no particular order. */
export const QUEUE_HOURS = 8;

/** Hours that the state machine, on average, keeps trying to start a build that CodeBuild refuses because its queue is full. */
export const START_RETRY_HOURS = 36;

/** Sizes of CodeBuild's on-demand Linux machines (`general1.small` and so on): 2, 4, 8, 36 and 72 CPUs. */
export const COMPUTE_SIZES = ['small', 'medium', 'large', 'xlarge', '2xlarge'] as const;

export type ComputeSize = (typeof COMPUTE_SIZES)[number];

/** A build machine in the catalog's words: its size, and the kind of its CPU. */
export interface BuildMachine {
  readonly compute: ComputeSize;
  readonly architecture: 'x86_64' | 'arm64';
}

/** The build project's default machine. */
export const USUAL_MACHINE: BuildMachine = { compute: 'medium', architecture: 'x86_64' };

/** The machine of every module build, which runs no Docker and builds no image. */
export const MODULE_MACHINE: BuildMachine = { compute: 'small', architecture: 'x86_64' };

interface MachineNeeds {
  readonly compute?: ComputeSize;
  readonly platforms?: readonly string[];
}

/** Returns the machine for a service: an ARM one if all its platforms are ARM, so that nothing has to be emulated. */
export function machineOf({ compute, platforms = [] }: MachineNeeds): BuildMachine {
  const isArm = platforms.length > 0 && platforms.every((platform) => /^linux\/arm64(\/|$)/.test(platform));
  return { compute: compute ?? USUAL_MACHINE.compute, architecture: isArm ? 'arm64' : 'x86_64' };
}

/** A build machine in the words of CodeBuild's StartBuild. */
export interface CodeBuildMachine {
  readonly computeType: string;
  readonly environmentType: 'LINUX_CONTAINER' | 'ARM_CONTAINER';
  /** The image of the machine itself, provided by AWS. */
  readonly environmentImage: string;
  /** Only with the setting `fleets`, and in the words of Step Functions. Empty for an on-demand machine. */
  readonly fleet?: { readonly FleetArn?: string };
}
