/** What the states of one job pass on once its build machine is done, and the jobs that build modules. Read `contract.ts` first. */
import type { Reason } from './contract';

/** What the state machine passes to the candidate step for an image that was built: `candidate` is the job's. */
export interface CandidateRequest {
  readonly run: string;
  readonly candidate: string;
}

/** `digest` is the manifest's. */
export interface CandidateResult {
  readonly digest: string;
}

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

/** A package as a run leaves it: `name==version` is what installs it. `isNew` if this very run published it. */
export interface ReportedPackage {
  readonly module: string;
  readonly package: string;
  readonly version: string;
  readonly isNew: boolean;
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
