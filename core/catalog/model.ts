/** The catalog's types: which services a monorepo has, how each is built, and in which order. See `parse-catalog.ts`. */

import type { ComputeSize } from '../contract/job';

/** A group of jobs that runs as one Map of the state machine, after the stages it needs. */
export interface Stage {
  readonly name: string;
  /** The state's name in the Step Functions console. */
  readonly title: string;
  readonly needs: readonly string[];
  /** Jobs at a time; undefined leaves it to the settings. */
  readonly maxConcurrency?: number;
}

/** Shared source that services copy (`tools/cloud_adapter`). `path` is a folder of the repository. */
export interface Module {
  readonly name: string;
  readonly path: string;
  /** Set if the module is also published as a package. */
  readonly publish?: Publishing;
}

/** How a module is published: a Python package, built by setuptools from the module's folder. */
export interface Publishing {
  /** Its name in the package index, as the module's own build file has it. */
  readonly package: string;
  /** The stage that publishes it, before it builds any image. */
  readonly stage: string;
  /** Estimate of one build, its tests included. */
  readonly minutes: number;
}

/**
 * What a moved base image (`python:3.12` is another image today) means for an image whose inputs are unchanged: `recorded` nothing,
 * `follow` a rebuild. With `maxAgeDays` it is rebuilt when it is that old, moved base or not.
 */
export type BasePolicy = 'recorded' | 'follow' | { readonly maxAgeDays: number };

/** One image. Paths are relative to the repository's root, with `/`, without a leading or trailing one; `''` is the root. */
export interface Service {
  readonly name: string;
  /** Image name below the release namespace. */
  readonly image: string;
  /** The service's own folder. */
  readonly path: string;
  readonly dockerfile: string;
  /** Build context folder. */
  readonly context: string;
  readonly target?: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  /** `linux/amd64` and the like; empty means the build machine's own. */
  readonly platforms: readonly string[];
  readonly stage: string;
  /** 0 is the most urgent. */
  readonly priority: number;
  /** Estimate of one build. */
  readonly minutes: number;
  /** Size of the build machine; undefined means `medium`. Its CPU follows from `platforms`. */
  readonly compute?: ComputeSize;
  /** Limit of one build; undefined leaves it to the settings' `timeoutFactor`. */
  readonly timeoutMinutes?: number;
  /** Declared modules: inputs in full, whether or not the Dockerfile shows them. */
  readonly dependencies: readonly string[];
  /** Dotted paths of this service's tag in the values file; a name with a dot in it is written `["a.b"]`. */
  readonly values: readonly string[];
  /** `platform` services share the platform version; an `independent` one has a line of its own, starting at `version`. */
  readonly versioning: 'platform' | 'independent';
  readonly version?: string;
  /** True if `conservative` must not rebuild it while its inputs are unchanged. */
  readonly retagOnly: boolean;
  /** Undefined means `recorded`. */
  readonly bases?: BasePolicy;
  /** Facts for people that no step acts on: the user's categories (some services have two) and parallel group. */
  readonly categories?: readonly string[];
  readonly group?: string;
}

/** A whole `pipeline.yaml`. Services are sorted by name. */
export interface Catalog {
  /** The platform version under development (`v1.4.0`). */
  readonly platformVersion: string;
  readonly stages: readonly Stage[];
  readonly modules: readonly Module[];
  readonly services: readonly Service[];
}
