/** Contract, part 2: the plan, which decides for each service if its image is built, retagged or kept. */
import type { RunEstimate } from './estimate';
import type { BuildFacts, ImageContent, ImageOrigin, TagPlace, VersionRule } from './image';
import type { BuildJob, BuildMachine, MachineJob, ModuleJob, ModuleKind } from './job';
import type { Action, Strategy } from './run-input';

/** The input of the plan step. `run` is the execution's name, `execution` its ARN, `input` is unchecked. */
export interface PlanRequest {
  readonly run: string;
  readonly execution?: string;
  /** The number of redrives. A redriven run stays at the commit of its first plan. */
  readonly redrives?: number;
  readonly input: unknown;
}

export const SERVICE_ACTIONS = ['build', 'retag', 'keep'] as const;

export type ServiceAction = (typeof SERVICE_ACTIONS)[number];

/** The reason for a service's action, for people. `kind` is stable and may be matched. `path` is relative to the repository. */
export interface Reason {
  readonly kind: ReasonKind;
  readonly path?: string;
  readonly text: string;
}

export type ReasonKind =
  | 'never-released' // the version lock has no record of this service
  | 'input-changed' // a file that the build reads was changed, added or removed
  | 'recipe-changed' // Dockerfile, build arguments, target, platforms or build recipe changed, or a FROM of the catalog did
  | 'inputs-differ' // the digest differs and no stored input list tells where
  | 'doubt' // something is not known exactly: the digest is wider, or the build takes a base image as it finds it
  | 'forced' // the strategy asks for a rebuild
  | 'asked' // a person named this service
  | 'unchanged' // the input digest equals the recorded one
  | 'released-before' // this content was released earlier
  | 'candidate-exists' // this content was built earlier and not released
  | 'stale' // `minimal`: shared inputs changed, but the image is released as it is
  | 'unavailable' // the recorded image is no longer in the registry
  | 'base-moved' // policy `follow`: a base image is not the one that the image was built from
  | 'aged' // policy `maxAge`: the image was built too long ago
  | 'promoted' // a tested image gets its next version
  | 'rolled-back' // the service goes back to its image of an earlier release
  | 'published' // module: the package index has a release of its content
  | 'not-published' // module: the package index has no release of its content
  | 'next-version' // module: how its version follows from the last one
  | 'remark'; // module: what its users see otherwise than this repository

/** The number of services by action. */
export type Totals = Readonly<Record<ServiceAction, number>>;

/** One service of the plan. `inputDigest` is 40 hex digits. `minutes` are the catalog's, on `machine` or the usual machine. */
export interface PlannedService extends BuildFacts {
  readonly name: string;
  readonly image: string;
  readonly stage: string;
  readonly action: ServiceAction;
  readonly inputDigest: string;
  readonly reasons: readonly Reason[];
  readonly version: VersionRule;
  /** True if the build runs tests. Absent otherwise, and for an image that is not built. */
  readonly isTested?: boolean;
  /** The version in the version lock before the run. Absent for a new service. */
  readonly previousVersion?: string;
  readonly origin: ImageOrigin;
  /** The image's content, if it differs from the plan's commit: released stale (`minimal`), promoted or rolled back. */
  readonly made?: ImageContent;
  /** The key under which the image is found, if it differs from the input digest: it covers base image digests too (`follow`). */
  readonly contentKey?: string;
  /** For a build: the origins of the catalog's images that it starts from, by service. */
  readonly images?: Readonly<Record<string, ImageOrigin>>;
  readonly minutes: number;
  readonly machine?: BuildMachine;
  /** Why recorded builds chose the machine: `large, because ...`. Absent if the catalog did. */
  readonly sized?: string;
  /** The places of this service's tag in the values files. */
  readonly values: readonly TagPlace[];
  /** True if the values file uses the platform version's anchor, false for a version of its own. */
  readonly followsPlatform: boolean;
}

/** The plan of a run, stored under `objectKeys.plan(run)`. */
export interface Plan {
  readonly schema: 1;
  readonly run: string;
  readonly action: Action;
  readonly ref: string;
  /** The environment whose values files the run updates. */
  readonly environment: string;
  /** The commit of the monorepo. */
  readonly commit: string;
  /** The commit of the values repository that values files and version lock were read at. Absent if the monorepo has them. */
  readonly valuesCommit?: string;
  readonly strategy: Strategy;
  /** The version of the whole platform. Absent on a push or build, and if services were named. */
  readonly platformVersion?: string;
  /** The release that a rollback restores. */
  readonly rollbackTo?: string;
  /** The run that a rollback undoes. */
  readonly rollbackOf?: UndoneRun;
  /** As in the input of the run. */
  readonly startedBy?: string;
  /** The git tag that the release gets. Absent if it gets none. */
  readonly tag?: PlannedTag;
  readonly dryRun: boolean;
  /** The reason if there is nothing to do and no service explains it. */
  readonly note?: string;
  /** Sentences about what a person should change soon. The run goes on. Absent if there are none. */
  readonly warnings?: readonly string[];
  readonly services: readonly PlannedService[];
  /** The published modules of the run. Absent if the catalog publishes none. */
  readonly modules?: readonly PlannedModule[];
  readonly totals: Totals;
  /** The services that share a machine, by machine, the longest first. Absent if none does. */
  readonly machines?: readonly (readonly string[])[];
  /** The time that its jobs take. Absent if it has none. */
  readonly estimate?: RunEstimate;
}

/** A run that a rollback undoes. */
export interface UndoneRun {
  readonly run: string;
  /** The commit of the run, which the rollback undoes. */
  readonly commit: string;
  /** Services of that run which stay as they are, because a newer run has changed them since. */
  readonly newer: readonly string[];
  readonly reason?: string;
}

/** A git tag with its commit. */
export interface PlannedTag {
  readonly name: string;
  readonly commit: string;
}

/** One published module of the plan: `publish` if the package index has no release of its content. */
export interface PlannedModule {
  readonly name: string;
  readonly action: 'publish' | 'keep';
  /** 40 hex digits over the module's files, as computed in `core/modules/plan-modules.ts`. */
  readonly contentDigest: string;
  /** Absent for a Python package. */
  readonly kind?: ModuleKind;
  /** Its folder. Set if its releases are tags of the monorepo. */
  readonly path?: string;
  /** Its name in the package index. */
  readonly package: string;
  /** The version that the index has of this content, or that its build gets. */
  readonly version: string;
  readonly stage: string;
  readonly minutes: number;
  readonly reasons: readonly Reason[];
}

/** The result of the plan step, which becomes the state machine's state. It must fit into 262,144 bytes. */
export interface PlanResult {
  readonly run: string;
  readonly action: Action;
  readonly ref: string;
  readonly commit: string;
  readonly dryRun: boolean;
  /** False if the run writes nothing: a dry run, or nothing to build, retag or publish. */
  readonly proceed: boolean;
  readonly totals: Totals;
  readonly environment: string;
  readonly platformVersion?: string;
  readonly startedBy?: string;
  /** The seconds that a person has to approve before versions are assigned. 0 if no approval is required. */
  readonly approvalSeconds: number;
  /** Folder of the source archive, as a CodeBuild source location (`bucket/sources/<commit>/`, or a path on one machine). */
  readonly source: string;
  /** Jobs by stage, most urgent first; machines if images may share them. Has every stage of the deployed state machine, even one without jobs. */
  readonly stages: Readonly<Record<string, readonly (BuildJob | MachineJob)[]>>;
  /** Module jobs by stage. Has every stage of the deployed state machine that publishes modules. */
  readonly modules: Readonly<Record<string, readonly ModuleJob[]>>;
  /** The jobs by stage, if they are stored as objects (`job-source.ts`). */
  readonly stored?: StoredJobs;
  /** The same for module jobs. */
  readonly storedModules?: StoredJobs;
}

/** Jobs that are stored as objects, by stage: how many, and under which key. */
export type StoredJobs = Readonly<Record<string, { readonly count: number; readonly key: string }>>;
