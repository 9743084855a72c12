/** The catalog's types: the services of a monorepo, how each is built, and in which order. */
import type { TagPlace } from '../contract/image';
import type { ComputeSize, ModuleKind } from '../contract/job';

/** A group of jobs. It is one Map of the state machine, which starts after the stages that it needs. */
export interface Stage {
  readonly name: string;
  /** The state's name in the Step Functions console. */
  readonly title: string;
  readonly needs: readonly string[];
  /** Jobs at a time; undefined leaves it to the settings. */
  readonly maxConcurrency?: number;
}

/** Returns all stages that each stage waits for, also by way of others. A stage of a circle waits for itself. */
export function awaitedStages(stages: readonly Stage[]): ReadonlyMap<string, ReadonlySet<string>> {
  const needs = new Map(stages.map((stage) => [stage.name, stage.needs]));
  return new Map(
    stages.map(({ name }) => {
      const found = new Set(needs.get(name));
      for (const stage of found) for (const need of needs.get(stage) ?? []) found.add(need);
      return [name, found];
    }),
  );
}

/** Shared source that services copy (`tools/cloud_adapter`). `path` is a folder of the repository. */
export interface Module {
  readonly name: string;
  readonly path: string;
  /** Set if the module is also published as a package. */
  readonly publish?: Publishing;
}

/** The publication of a module as a package, which is built from the module's folder. */
export interface Publishing {
  /** Absent for a Python package. */
  readonly kind?: ModuleKind;
  /** Its name in the package index, as the module's own build file has it. */
  readonly package: string;
  /** The stage that publishes it, before it builds any image. */
  readonly stage: string;
  /** Estimate of one build, its tests included. */
  readonly minutes: number;
  /** Undefined: the usual tests of its kind, if the module has any. */
  readonly test?: { readonly command: readonly string[] };
}

/**
 * The reaction to a changed base image (`python:3.12` is another image today) if the inputs of an image are unchanged: `recorded` keeps
 * the image, `follow` rebuilds it. With `maxAgeDays` it is rebuilt at that age, whether or not its base changed.
 */
export type BasePolicy = 'recorded' | 'follow' | { readonly maxAgeDays: number };

/** The tests of an image: a stage of its Dockerfile whose build runs them, or a command in the image. */
export type ImageTest = { readonly target: string } | { readonly command: readonly string[] };

/** How an image is made without a Dockerfile. */
export interface CommandBuild {
  /** Patterns of files below the repository's root, with the rules of ignore files: `api`, `**\/go.mod`, `!api/docs`. */
  readonly inputs: readonly string[];
  /** Such patterns that may match nothing: files that the tool reads if they exist. */
  readonly reads: readonly string[];
  /** The words of the command. It runs in a folder that has the inputs and nothing else. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** One image. Paths are relative to the repository's root, with `/`, without a leading or trailing slash; `''` is the root. */
export interface Service {
  readonly name: string;
  /** Image name below the release namespace. */
  readonly image: string;
  /** The service's own folder. */
  readonly path: string;
  /** Empty if a command makes the image. */
  readonly dockerfile: string;
  /** Set if a command makes the image instead of a Dockerfile. Then context, target, test and arguments have no meaning. */
  readonly build?: CommandBuild;
  /** Build context folder. */
  readonly context: string;
  /** Folders by the names that the Dockerfile has for them: `COPY --from=shared`. */
  readonly contexts?: Readonly<Record<string, string>>;
  /** Ids of secrets that the build gets. Their places are in the settings. */
  readonly secrets?: readonly string[];
  /** Secrets with a private key, by the ids of the agents that the build gets. */
  readonly ssh?: Readonly<Record<string, string>>;
  readonly target?: string;
  /** Undefined if it has none. */
  readonly test?: ImageTest;
  readonly buildArgs: Readonly<Record<string, string>>;
  /** Such as `linux/amd64`; empty for the build machine's own. */
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
  /** Declared modules. All of their files are inputs, whether or not the Dockerfile copies them. */
  readonly dependencies: readonly string[];
  /** Places of this service's tag in the values files; a name with a dot in it is written `["a.b"]`. */
  readonly values: readonly TagPlace[];
  /** `platform` services share the platform version. An `independent` one has its own version line, which starts at `version`. */
  readonly versioning: 'platform' | 'independent';
  readonly version?: string;
  /** True if the strategy `conservative` must not rebuild it while its inputs are unchanged. */
  readonly retagOnly: boolean;
  /** Undefined means `recorded`. */
  readonly bases?: BasePolicy;
  /** For people only: the user's categories (some services have two) and parallel group. */
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
