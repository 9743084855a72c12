/** One service over time: its versions, what it reads, what is built from it, and why it was built. */
import type { Graph, GraphService } from '../graph/graph-model';
import type { LockEntry } from '../version/version-lock';
import type { EnvironmentState } from './environments';
import type { RunHeader } from './run-header';

/** A service came to a version in an environment. `at` is in ms since 1970. */
export interface VersionChange extends Pick<LockEntry, 'version' | 'digest' | 'source'> {
  readonly at: number;
  readonly run?: string;
  readonly rollbackTo?: string;
}

/** The service in catalog and Dockerfile, at the head of a branch. */
export interface ServiceShape extends Pick<GraphService, 'stage' | 'path' | 'dockerfile' | 'minutes'> {
  /** Modules that the build reads. */
  readonly reads: readonly string[];
  /** Modules that only the catalog declares. */
  readonly declares: readonly string[];
  /** Services whose images it is built from. */
  readonly startsFrom: readonly string[];
  /** Services that are built from its image. */
  readonly dependants: readonly string[];
}

/** Returns the shape of a service, or undefined if the catalog does not have it. */
export function serviceShape(graph: Pick<Graph, 'services' | 'edges'>, name: string): ServiceShape | undefined {
  const service = graph.services.find((each) => each.name === name);
  if (service === undefined) return undefined;
  const { stage, path, dockerfile, minutes } = service;
  const sources = (kind: string) =>
    graph.edges.filter((edge) => edge.to === name && edge.kind === kind).map(({ from }) => from);
  return {
    stage,
    path,
    dockerfile,
    minutes,
    reads: sources('read'),
    declares: sources('declared'),
    startsFrom: sources('image'),
    dependants: graph.edges.filter(({ kind, from }) => kind === 'image' && from === name).map(({ to }) => to),
  };
}

/** The service in one environment. */
export interface ServicePlace {
  readonly state: EnvironmentState;
  readonly entry: LockEntry | undefined;
  /** The newest first. */
  readonly changes: readonly VersionChange[];
}

/** Counts the builds of the service by kind of cause. */
export interface BuildHabit {
  readonly runs: number;
  readonly built: number;
  readonly failed: number;
  /** The last runs that built it, the newest first. */
  readonly last: readonly RunHeader[];
}

const LAST_BUILDS = 10;

/** Returns how often the runs built the service. `runs` are the newest first. */
export function buildHabit(runs: readonly RunHeader[], service: string): BuildHabit {
  const touching = runs.filter(({ services }) => services.includes(service));
  const building = runs.filter(({ builds }) => builds.includes(service));
  return {
    runs: touching.length,
    built: building.length,
    failed: building.filter(({ state }) => state === 'failed').length,
    last: building.slice(0, LAST_BUILDS),
  };
}
