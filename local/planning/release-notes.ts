/** Reads release notes from a repository on disk: from git alone, without settings, registry or network. */

import { readSourceCommits } from '../../adapters/git/local/history';
import { differenceReasons } from '../../core/compare/compare';
import { InvalidInputError } from '../../core/contract/errors';
import {
  changeOf,
  type FoundRelease,
  findRelease,
  notedCommits,
  type ReleasedEntry,
  type ReleaseNotes,
  type ServiceNotes,
} from '../../core/report/release-notes';
import { closest } from '../../core/text/closest';
import { compareCommits } from './compare-commits';
import { openPlanningRepository, type PlanningRepository } from './repository';
import { type LockStates, readLockStates } from './version-history';

export interface NotesOptions {
  readonly repo: string;
  readonly ref: string;
  readonly version: string;
  /** As in `HistoryOptions`. */
  readonly valuesRepo?: string;
  /** Path of the version lock, where several environments have one. */
  readonly lock?: string;
  /** A catalog file for all commits. */
  readonly catalog?: string;
}

/** Returns the notes of a release. Throws `InvalidInput` if there is no such version, or if several locks have it and none is named. */
export async function readReleaseNotes(options: NotesOptions): Promise<ReleaseNotes> {
  const release = findInLocks(await readLockStates(options), options);
  const repository = openPlanningRepository(options.repo);
  const services = await noteServices(release.services, repository, options);
  return {
    version: options.version,
    commit: release.commit,
    time: new Date(release.committedAt).toISOString().replace('.000Z', 'Z'),
    ...(release.run === undefined ? {} : { run: release.run }),
    services: services.toSorted((a, b) => (a.service < b.service ? -1 : 1)),
  };
}

function findInLocks(locks: readonly LockStates[], { version, lock }: NotesOptions): FoundRelease {
  const paths = locks.map((each) => each.lock);
  if (lock !== undefined && !paths.includes(lock)) {
    throw refuse('lock', `there is no version lock '${lock}'; there are: ${paths.join(', ')}`);
  }
  const found = locks
    .filter((each) => lock === undefined || each.lock === lock)
    .flatMap(({ lock: path, states }) => {
      const release = findRelease(states, version);
      return release === undefined ? [] : [{ path, release }];
    });
  const [first] = found;
  if (first === undefined) throw refuse('version', unknownVersion(version, locks));
  if (found.length === 1) return first.release;
  throw refuse(
    'lock',
    `several version locks have ${version}; name one with --lock: ${found.map(({ path }) => path).join(', ')}`,
  );
}

function unknownVersion(version: string, locks: readonly LockStates[]): string {
  const known = locks.flatMap(({ states }) => states.flatMap(({ lock }) => [...lock.values()].map((e) => e.version)));
  const near = closest(version, [...new Set(known)]);
  const hint = near === undefined ? '`pipeline history` lists all versions' : `did you mean ${near}?`;
  return `no version lock ever had '${version}'; ${hint}`;
}

function refuse(path: string, message: string): InvalidInputError {
  return new InvalidInputError('there are no release notes', [{ path, message }]);
}

/** Compares services that changed between the same two source commits once. */
async function noteServices(
  entries: readonly ReleasedEntry[],
  repository: PlanningRepository,
  options: NotesOptions,
): Promise<readonly ServiceNotes[]> {
  const moves = new Map<string, ReleasedEntry[]>();
  for (const each of entries) {
    const move = `${each.before?.source ?? ''} ${each.entry.source}`;
    moves.set(move, [...(moves.get(move) ?? []), each]);
  }
  const noted: ServiceNotes[] = [];
  for (const services of moves.values()) noted.push(...(await noteMove(services, repository, options)));
  return noted;
}

async function noteMove(
  services: readonly ReleasedEntry[],
  repository: PlanningRepository,
  { repo, catalog }: NotesOptions,
): Promise<readonly ServiceNotes[]> {
  const base = services[0]?.before?.source;
  const ref = services[0]?.entry.source ?? '';
  if (base === undefined || !services.some((service) => changeOf(service) === 'built')) {
    return services.map((service) => notesOf(service, []));
  }
  const { comparison } = await compareCommits({ repo, ref, base, catalog, keepGoing: true });
  const commits = await readSourceCommits(repository.history, base, ref);
  return services.map((service) => {
    if (changeOf(service) !== 'built') return notesOf(service, []);
    return notesOf(service, notedCommits(commits, changedPaths(service.service)));
  });

  /** The paths that differ for a service and for the catalog images below it. */
  function changedPaths(name: string, seen = new Set<string>()): ReadonlySet<string> {
    const now = comparison.inputs.get(name);
    const earlier = comparison.before.get(name);
    const service = comparison.catalog.services.find((each) => each.name === name);
    if (now === undefined || earlier === undefined || service === undefined || seen.has(name)) return new Set();
    seen.add(name);
    const own = differenceReasons(service, earlier, now).flatMap(({ path }) => path ?? []);
    return new Set([...own, ...now.images.flatMap((image) => [...changedPaths(image, seen)])]);
  }
}

function notesOf(service: ReleasedEntry, commits: ServiceNotes['commits']): ServiceNotes {
  return {
    service: service.service,
    version: service.entry.version,
    ...(service.before === undefined ? {} : { previousVersion: service.before.version }),
    change: changeOf(service),
    commits,
  };
}
