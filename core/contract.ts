/**
 * READ FIRST. Every payload that crosses a process, in flow order, and the names that two worlds share.
 * State machine payloads stay small (262,144 bytes is Step Functions' hard limit); the full plan, the release record and
 * the report lie in the object store under the keys made by `objectKeys`. What starts a run is in `run-input.ts`,
 * what is said of base images in `build-facts.ts`, what the states of one job pass on in `job-contract.ts`, the
 * approval in `approval-contract.ts`, how a run ends that failed in
 * `run-end.ts`.
 */
import type { BuildFacts, ImageContent } from './build-facts';
import type { BuildMachine, CodeBuildMachine } from './build-machine';
import type { ModuleJob, PlannedModule, ReportedPackage } from './job-contract';
import type { RunWork } from './plan/run-work';
import type { Action, Strategy } from './run-input';

// -------------------------------------------------------------------------------------------------------- 1. the plan
/** What the state machine hands to the plan step. `run` is the execution's name, `execution` its ARN, `input` is unchecked. */
export interface PlanRequest {
  readonly run: string;
  readonly execution?: string;
  /** How often the run was redriven. From then on it stays at the commit of its first plan. */
  readonly redrives?: number;
  readonly input: unknown;
}

export const SERVICE_ACTIONS = ['build', 'retag', 'keep'] as const;
export type ServiceAction = (typeof SERVICE_ACTIONS)[number];

/** Why a service got its action, for people. `kind` is stable and may be matched; `path` is relative to the repository. */
export interface Reason {
  readonly kind: ReasonKind;
  readonly path?: string;
  readonly text: string;
}

export const REASON_KINDS = [
  'never-released', // no record of this service in the version lock
  'input-changed', // a file that the build reads was changed, added or removed
  'recipe-changed', // Dockerfile, build arguments, target, platforms or build recipe changed, or a FROM of ours did
  'inputs-differ', // the digest differs and no stored input list says where
  'doubt', // something could not be known exactly: the digest is wider, or a base image is taken as the build finds it
  'forced', // the strategy asks for a rebuild
  'asked', // the person named this service
  'unchanged', // input digest equals the recorded one
  'released-before', // this very content was released earlier
  'candidate-exists', // this very content was built earlier and not released
  'stale', // `minimal`: shared inputs changed, but the image is released as it is
  'unavailable', // the recorded image is not in the registry any more
  'base-moved', // policy `follow`: a base image is another one than the image was built from
  'aged', // policy `maxAge`: the image was built too long ago
  'promoted', // a tested image gets its next name
  'rolled-back', // goes back to what it was in an earlier release
  'published', // of a module: the package index has a release of its content
  'not-published', // of a module: it has none
] as const;
export type ReasonKind = (typeof REASON_KINDS)[number];

/** How many services got which action. */
export type Totals = Readonly<Record<ServiceAction, number>>;

/** How a service's version is found: given, or the first free one of a numbered line (`v1.4.0-dev`, `v1.4.0-dev-2`, ...). */
export type VersionRule =
  | { readonly kind: 'exact'; readonly version: string }
  | { readonly kind: 'next'; readonly line: string; readonly after: number }
  | { readonly kind: 'none' };

/** Where the bytes of a service's image are (or will be, after its build): a candidate's tag, or a tag or digest of its release. */
export type ImageOrigin =
  | { readonly kind: 'candidate'; readonly tag: string }
  | { readonly kind: 'released'; readonly reference: string };

/** One service in the plan. `inputDigest` is 40 hex digits. `minutes` is the catalog's, on `machine` or else the usual one. */
export interface PlannedService extends BuildFacts {
  readonly name: string;
  readonly image: string;
  readonly stage: string;
  readonly action: ServiceAction;
  readonly inputDigest: string;
  readonly reasons: readonly Reason[];
  readonly version: VersionRule;
  readonly origin: ImageOrigin;
  /** What the image was made of, if not of what the plan's commit has: released stale (`minimal`), promoted or rolled back. */
  readonly made?: ImageContent;
  /** Under which the image is found, where that is more than the input digest: with the digests of its base images (`follow`). */
  readonly contentKey?: string;
  /** Of a build: where the images of ours are that it is built from, by service. */
  readonly images?: Readonly<Record<string, ImageOrigin>>;
  readonly minutes: number;
  readonly machine?: BuildMachine;
  /** Paths of this service's tag in the values file, dotted (`grafana.image.tag`). */
  readonly values: readonly string[];
  /** True if the values file should follow the platform version's anchor, false for a version of its own. */
  readonly followsPlatform: boolean;
}

/** The whole plan of a run, stored under `objectKeys.plan(run)`. `note`: why there is nothing to do, where no service says it. */
export interface Plan {
  readonly schema: 1;
  readonly run: string;
  readonly action: Action;
  readonly ref: string;
  /** The environment whose values file moves. */
  readonly environment: string;
  readonly commit: string;
  readonly strategy: Strategy;
  /** The platform version that is given to the platform as a whole; undefined on a push or build, or if services were named. */
  readonly platformVersion?: string;
  /** The release that a rollback goes back to. */
  readonly rollbackTo?: string;
  readonly dryRun: boolean;
  readonly note?: string;
  readonly services: readonly PlannedService[];
  /** Published modules that the run is about; left out where none is published. */
  readonly modules?: readonly PlannedModule[];
  readonly totals: Totals;
}

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

/** What the plan step returns to the state machine, whose state it becomes. */
export interface PlanResult {
  readonly run: string;
  readonly action: Action;
  readonly ref: string;
  readonly commit: string;
  readonly dryRun: boolean;
  /** False if nothing is to be written: a dry run, or nothing to build, retag or commit. */
  readonly proceed: boolean;
  readonly totals: Totals;
  /** How long a person may take to approve before versions are given, in seconds; 0 if nobody has to. */
  readonly approvalSeconds: number;
  /** Folder of the source archive, as CodeBuild's source location (`bucket/sources/<commit>/`; a path on one machine). */
  readonly source: string;
  /** Jobs per stage name, most urgent first. Every stage of the deployed state machine is there, if only with no job. */
  readonly stages: Readonly<Record<string, readonly BuildJob[]>>;
  /** Module jobs per stage that publishes any; every such stage of the deployed state machine is there. */
  readonly modules: Readonly<Record<string, readonly ModuleJob[]>>;
  /** Where the stages have their jobs in the object store (`job-source.ts`): how many, under which key. */
  readonly stored?: StoredJobs;
  /** The same for module jobs. */
  readonly storedModules?: StoredJobs;
}

/** Jobs by stage, as objects: how many, under which key. */
export type StoredJobs = Readonly<Record<string, { readonly count: number; readonly key: string }>>;

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

// ------------------------------------------------------------------------------------------------------ 3. the release
/** `builds` is as the state machine leaves it: outcomes in arrays nested as Parallel and Map nest them. */
export interface ReleaseRequest {
  readonly run: string;
  readonly builds: NestedOutcomes;
}
export type NestedOutcomes = BuildOutcome | readonly NestedOutcomes[];

/** One service with its version. `digest` is the manifest's (`sha256:...`), `source` the commit that its image was planned at. */
export interface ReleasedService extends BuildFacts {
  readonly name: string;
  readonly image: string;
  readonly version: string;
  readonly digest: string;
  readonly inputDigest: string;
  readonly source: string;
  readonly values: readonly string[];
  readonly followsPlatform: boolean;
}

/** The release record, stored under `objectKeys.release(run)`. */
export interface ReleaseRecord {
  readonly schema: 1;
  readonly run: string;
  readonly action: Action;
  readonly commit: string;
  readonly ref: string;
  readonly environment: string;
  readonly platformVersion?: string;
  readonly rollbackTo?: string;
  readonly services: readonly ReleasedService[];
}

/** What the release step returns to the state machine. */
export interface ReleaseResult {
  readonly tagged: number;
}

// ------------------------------------------------------------------------------------------------------- 4. the commit
export interface CommitRequest {
  readonly run: string;
}

/** `commit` is the one that moved the values file, or null if every byte was already as it should be. */
export interface CommitResult {
  readonly commit: string | null;
  readonly changes: number;
  /** Services left as they are because the branch already holds a newer release of them. */
  readonly superseded: readonly string[];
}

// ------------------------------------------------------------------------------------------------------- 5. the report
/** `state` is the run's whole state data; `error` is set on the failure path. `execution` is the execution's ARN. */
export interface ReportRequest {
  readonly run: string;
  readonly execution?: string;
  readonly startedAt: string;
  /** How often the run was redriven by now. */
  readonly redrives?: number;
  readonly state: unknown;
}

export type RunStatus = 'SUCCEEDED' | 'FAILED' | 'PLANNED';

/** The report of a run, stored under `objectKeys.report(run)`, and the execution's output. */
export interface RunReport extends Pick<Plan, 'note'> {
  readonly schema: 1;
  readonly run: string;
  /** Of a run that was redriven: how often. */
  readonly redrives?: number;
  readonly status: RunStatus;
  readonly action: Action | 'unknown';
  readonly ref?: string;
  readonly environment?: string;
  readonly source?: string;
  readonly version?: string;
  readonly totals: Totals;
  readonly work: RunWork;
  readonly failed: readonly BuildOutcome[];
  /** Where modules are published: the packages that belong to the source, as far as they are there. */
  readonly packages?: readonly ReportedPackage[];
  readonly superseded: readonly string[];
  readonly commit: string | null;
  readonly seconds: number;
  readonly error?: { readonly name: string; readonly message: string };
  /** Where its Markdown for people lies: a page of the S3 console, or a path. */
  readonly summary?: string;
  /** Why the git host could not be told how the run ended; nothing else depends on that. */
  readonly statusProblem?: string;
}

// ------------------------------------------------------------------------------------------------------ shared names
/** Names of errors that the state machine or a caller may match. */
export const ERROR_NAMES = {
  invalidInput: 'InvalidInput',
  invalidCatalog: 'InvalidCatalog',
  invalidSettings: 'InvalidSettings',
  buildsFailed: 'BuildsFailed',
  versionTaken: 'VersionTaken',
  imageMissing: 'ImageMissing',
  notApproved: 'NotApproved',
  valuesFile: 'ValuesFile',
  commitConflict: 'CommitConflict',
  registry: 'RegistryError',
  packageIndex: 'PackageIndexError',
  gitHost: 'GitHostError',
  notice: 'NoticeError',
  inputDigestMismatch: 'InputDigestMismatch',
  /** A fault of AWS; the message has its own name. */
  runFailed: 'RunFailed',
} as const;
export type ErrorName = (typeof ERROR_NAMES)[keyof typeof ERROR_NAMES];
