/**
 * READ FIRST. Every payload that crosses a process, in flow order, and the names that two worlds share.
 * State machine payloads stay small (262,144 bytes is Step Functions' hard limit); the full plan, the release record and
 * the report lie in the object store under the keys made by `objectKeys`. What starts a run is in `run-input.ts`,
 * what is said of base images in `build-facts.ts`, what the states of one job pass on in `job-contract.ts`, the
 * approval in `approval-contract.ts`, how a run ends that failed in
 * `run-end.ts`.
 */
import type { BaseDigests, ImageOrigin } from './image';

/** One image build, as the state machine passes it to the build machine. All values are data, never shell text. */
export interface BuildJob {
  readonly service: string;
  readonly inputDigest: string;
  /** `host/repository:service.digest`, where the job pushes. */
  readonly candidate: string;
  /** A `JobBases` (`build-facts.ts`) as JSON. */
  readonly bases: string;
  /** The machine that the image is built on. */
  readonly machine: CodeBuildMachine;
  /** Build machine limit in minutes (CodeBuild allows 5 to 2160). */
  readonly timeoutMinutes: number;
}

// --------------------------------------------------------------------------------------------------------- 2. the jobs
/** How a job ended. `FAULT`: the build machine, not the build, failed. */
export const BUILD_STATUSES = ['SUCCEEDED', 'FAILED', 'FAULT', 'TIMED_OUT', 'STOPPED'] as const;

export type BuildStatus = (typeof BUILD_STATUSES)[number];

/** What the state machine passes to the outcome step for a job that did not succeed. `Cause` may be any text. */
export interface OutcomeRequest {
  readonly run: string;
  readonly service: string;
  /** 2 if it was done once more, after a fault of the machine. */
  readonly attempt: number;
  /** How often the run had been redriven when its builds began. */
  readonly redrives: number;
  readonly error: { readonly Error: string; readonly Cause?: string };
}

/** One job's end, the result of one Map item; `service` of a module job is `module/<name>`. `logs` is a link that a person can open. */
export interface BuildOutcome {
  readonly service: string;
  readonly status: BuildStatus;
  readonly logs?: string;
  /** What went wrong, at most 300 characters. */
  readonly cause?: string;
  /** Of a module: the version that it was published under. */
  readonly version?: string;
}

export type NestedOutcomes = BuildOutcome | readonly NestedOutcomes[];

// How images are built, beyond their inputs: what plan, job, image and version lock say of it.

/** Which images a build starts from: external ones by digest; of ours by service, where the plan knows better than their inputs say. */
export interface JobBases {
  readonly digests: BaseDigests;
  readonly images: Readonly<Record<string, ImageOrigin>>;
  /** True if nothing that an earlier build has left on the machine may be used: the image is built because of its age. */
  readonly noCache: boolean;
  /** Whose build cache may be written: see `core/plan/cache-scope.ts`. */
  readonly cacheScope: string;
}

// What the states of one job pass on once its build machine is done, and the jobs that build modules. Read `contract.ts` first.

/** What the state machine passes to the candidate step for an image that was built: `candidate` is the job's. */
export interface CandidateRequest {
  readonly run: string;
  readonly candidate: string;
}

/** `digest` is the manifest's. */
export interface CandidateResult {
  readonly digest: string;
}

/** One module build, as the state machine passes it to the build machine. All values are data, never shell text. */
export interface ModuleJob {
  /** How its outcome calls it. */
  readonly service: string;
  readonly module: string;
  readonly contentDigest: string;
  /** Folder of the object store that takes what was built, as `ObjectStore.location` has it. */
  readonly packages: string;
  /** Build machine limit in minutes (CodeBuild allows 5 to 2160). */
  readonly timeoutMinutes: number;
}

/** What the state machine passes to the publish step for a module that was built. */
export interface PublishRequest {
  readonly run: string;
  readonly module: string;
  readonly contentDigest: string;
}

/** The release that the package index has now. */
export interface PublishResult {
  readonly package: string;
  readonly version: string;
}

/** How outcomes call a module: no service can have such a name. */
export function moduleOutcomeName(module: string): string {
  return `${MODULE_PREFIX}${module}`;
}

/** True if an outcome is a module's. */
export function isModuleOutcome(service: string): boolean {
  return service.startsWith(MODULE_PREFIX);
}

const MODULE_PREFIX = 'module/';

// How a run ends that does not succeed: what its last state is given, and what EventBridge tells of it.

/** Asks before a job starts whether another job of the run has failed; sent if the run stops at its first failure. */
export interface FailFastRequest {
  readonly run: string;
  readonly redrives: number;
}

export interface FailFastResult {
  readonly mayStart: boolean;
}

// What a job runs on: in the catalog's words, and in CodeBuild's.

/**
 * Builds that CodeBuild queues for each one that an account may run at a time. It refuses to start further ones with
 * `AccountLimitExceededException`. https://docs.aws.amazon.com/codebuild/latest/userguide/builds-working.html
 */
export const QUEUED_PER_BUILD = 5;

/** Hours that a build may wait in CodeBuild's queue: the most that CodeBuild allows. Queued builds start in no particular order. */
export const QUEUE_HOURS = 8;

/** Hours that the state machine, on average, keeps trying to start a build that CodeBuild refuses because its queue is full. */
export const START_RETRY_HOURS = 36;

/** CodeBuild's on-demand Linux machines, `general1.small` and so on: 2, 4, 8, 36 and 72 CPUs. */
export const COMPUTE_SIZES = ['small', 'medium', 'large', 'xlarge', '2xlarge'] as const;

export type ComputeSize = (typeof COMPUTE_SIZES)[number];

/** A size of a machine, and the kind of its CPU. */
export interface BuildMachine {
  readonly compute: ComputeSize;
  readonly architecture: 'x86_64' | 'arm64';
}

/** What the build project asks for where nothing else is said. */
export const USUAL_MACHINE: BuildMachine = { compute: 'medium', architecture: 'x86_64' };

/** The machine of every module: it runs no Docker and builds no image. */
export const MODULE_MACHINE: BuildMachine = { compute: 'small', architecture: 'x86_64' };

/** What a service says of its machine. */
interface MachineNeeds {
  readonly compute?: ComputeSize;
  readonly platforms?: readonly string[];
}

/** The machine for a service: one with ARM CPUs if that is all that its image is for, so that nothing has to be emulated. */
export function machineOf({ compute, platforms = [] }: MachineNeeds): BuildMachine {
  const isArm = platforms.length > 0 && platforms.every((platform) => /^linux\/arm64(\/|$)/.test(platform));
  return { compute: compute ?? USUAL_MACHINE.compute, architecture: isArm ? 'arm64' : 'x86_64' };
}

/** A machine in the words of CodeBuild's StartBuild. */
export interface CodeBuildMachine {
  readonly computeType: string;
  readonly environmentType: (typeof ENVIRONMENTS)[keyof typeof ENVIRONMENTS]['environmentType'];
  /** What runs on the machine, Docker included. Of AWS; both have the Node that the buildspec asks for. */
  readonly environmentImage: (typeof ENVIRONMENTS)[keyof typeof ENVIRONMENTS]['environmentImage'];
}

/** https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-available.html */
const ENVIRONMENTS = {
  x86_64: { environmentType: 'LINUX_CONTAINER', environmentImage: 'aws/codebuild/standard:7.0' },
  arm64: { environmentType: 'ARM_CONTAINER', environmentImage: 'aws/codebuild/amazonlinux-aarch64-standard:3.0' },
} as const;

/** Every machine that a job can be given, as CodeBuild calls it. */
export const CODE_BUILD_MACHINES: readonly CodeBuildMachine[] = COMPUTE_SIZES.flatMap((compute) =>
  (['x86_64', 'arm64'] as const).map((architecture) => codeBuildMachine({ compute, architecture })),
);

/** The machine as CodeBuild calls it. */
export function codeBuildMachine({ compute, architecture }: BuildMachine): CodeBuildMachine {
  return { computeType: `BUILD_GENERAL1_${compute.toUpperCase()}`, ...ENVIRONMENTS[architecture] };
}
