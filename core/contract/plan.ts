/**
 * READ FIRST. Every payload that crosses a process, in flow order, and the names that two worlds share.
 * State machine payloads stay small (262,144 bytes is Step Functions' hard limit); the full plan, the release record and
 * the report lie in the object store under the keys made by `objectKeys`. What starts a run is in `run-input.ts`,
 * what is said of base images in `build-facts.ts`, what the states of one job pass on in `job-contract.ts`, the
 * approval in `approval-contract.ts`, how a run ends that failed in
 * `run-end.ts`.
 */
import type { BuildFacts, ImageContent, ImageOrigin, VersionRule } from './image';
import type { BuildJob, BuildMachine, ModuleJob } from './job';
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

const SERVICE_ACTIONS = ['build', 'retag', 'keep'] as const;

export type ServiceAction = (typeof SERVICE_ACTIONS)[number];

/** Why a service got its action, for people. `kind` is stable and may be matched; `path` is relative to the repository. */
export interface Reason {
  readonly kind: ReasonKind;
  readonly path?: string;
  readonly text: string;
}

const REASON_KINDS = [
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

// What the states of one job pass on once its build machine is done, and the jobs that build modules. Read `contract.ts` first.

/** One published module in the plan: `publish` if the package index has no release of its content. */
export interface PlannedModule {
  readonly name: string;
  readonly action: 'publish' | 'keep';
  /** 40 hex digits over the module's files: see `core/modules/content-digest.ts`. */
  readonly contentDigest: string;
  /** Distribution name in the package index. */
  readonly package: string;
  /** The version that the index has of this content; unknown until it is built. */
  readonly version?: string;
  readonly stage: string;
  readonly minutes: number;
  readonly reasons: readonly Reason[];
}
