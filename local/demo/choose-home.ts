/**
 * The folder of a demonstration. A folder that exists is never touched, with one exception. With `--fresh`, a home of the same repository with
 * the pipeline's marker is emptied, but only of the entries that the pipeline creates.
 */
import { lstat, readdir, readFile, realpath, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { createFileAtomically } from '../../adapters/disk/atomic-file';
import type { LocalRepository } from '../../adapters/git/local/repository';
import { InvalidInputError } from '../../core/contract/errors';
import { homePaths, refuseUnwritable, refuseUsedHome } from '../runtime/home';

/** The file that makes a folder ours. It names the folder and its repository, so that a copy elsewhere is not ours. */
export const HOME_MARKER = '.image-pipeline-home';

const MADE_BY = 'pipeline demo';
const ANOTHER_FOLDER = 'name another folder with --folder DIR';

export interface HomeRequest {
  /** The folder that has the homes. */
  readonly folder: string;
  /** The name of the home, unless a home of that name exists already. */
  readonly name: string;
  /** The repository that the person named; undefined for the sample. */
  readonly repository: LocalRepository | undefined;
  /** True to empty the home of an earlier demonstration of this repository, and to use it again. */
  readonly fresh: boolean;
}

export interface ChosenHome {
  /** An absolute path. */
  readonly home: string;
  /** Earlier homes of the same repository, which stay as they are. */
  readonly kept: readonly string[];
  /** True if this is an earlier home, to be emptied. */
  readonly isEarlier: boolean;
}

/**
 * Chooses the home and writes nothing: `name`, or the first free one of `name-2`, `name-3` and so on. Throws `InvalidInput` if the place
 * has other files, is in use, or may not be written, or if it and the named repository are the same or contain each other.
 */
export async function chooseHome({ folder, name, repository, fresh }: HomeRequest): Promise<ChosenHome> {
  const kept: string[] = [];
  for (let number = 1; ; number += 1) {
    const home = resolve(folder, number === 1 ? name : `${name}-${number}`);
    const owner = await ownerOf(home);
    if (repository !== undefined) await refuseOverlap(home, repository);
    if (owner === 'somebody') {
      throw refuse(home, `is not empty, and was not made by npm start; ${ANOTHER_FOLDER}`);
    }
    if (owner === 'nobody') {
      await refuseUnwritable(home);
      return { home, kept, isEarlier: false };
    }
    if (owner.repository !== repositoryName(repository)) continue;
    if (fresh) {
      await refuseForeignEntries(home);
      await refuseUsedHome(home);
      await refuseUnwritable(home);
      return { home, kept, isEarlier: true };
    }
    kept.push(home);
  }
}

/** Makes the chosen home ready: an empty folder with our marker. Returns false if another process took it in the meantime. */
export async function claimHome(
  { home, isEarlier }: ChosenHome,
  repository: LocalRepository | undefined,
): Promise<boolean> {
  if (!isEarlier) {
    const marker = { madeBy: MADE_BY, home: await realPath(home), repository: repositoryName(repository) };
    return createFileAtomically(join(home, HOME_MARKER), `${JSON.stringify(marker, null, 2)}\n`);
  }
  const entries = await readdir(home);
  const ours = entries.filter((entry) => entry !== HOME_MARKER && isOurEntry(entry));
  await Promise.all(ours.map((entry) => rm(join(home, entry), { recursive: true, force: true })));
  return true;
}

/** The sample has the name `sample`, which no absolute path equals. */
function repositoryName(repository: LocalRepository | undefined): string {
  return repository?.path ?? 'sample';
}

type Owner = 'nobody' | 'somebody' | { readonly repository: string };

/** Returns who made the folder. A marker that was copied from another folder says nothing. */
async function ownerOf(home: string): Promise<Owner> {
  const entries = await readdir(home).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' && !(await isLink(home))) return [];
    if (error.code === 'ENOENT') throw refuse(home, `is a link to a folder that does not exist; ${ANOTHER_FOLDER}`);
    if (error.code === 'ENOTDIR') throw refuse(home, `is not a folder; ${ANOTHER_FOLDER}`);
    throw refuse(home, `cannot be read: ${error.message}; ${ANOTHER_FOLDER}`);
  });
  if (entries.length === 0) return 'nobody';
  const marker = await readMarker(join(home, HOME_MARKER));
  return marker?.home === (await realPath(home)) ? { repository: marker.repository } : 'somebody';
}

async function isLink(path: string): Promise<boolean> {
  return lstat(path).then(
    (found) => found.isSymbolicLink(),
    () => false,
  );
}

async function readMarker(file: string): Promise<{ readonly home: string; readonly repository: string } | undefined> {
  try {
    const { madeBy, home, repository } = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
    const isOurs = madeBy === MADE_BY && typeof home === 'string' && typeof repository === 'string';
    return isOurs ? { home, repository } : undefined;
  } catch {
    return undefined;
  }
}

async function refuseForeignEntries(home: string): Promise<void> {
  const foreign = (await readdir(home)).filter((entry) => !isOurEntry(entry));
  if (foreign.length === 0) return;
  const names = foreign.slice(0, 5).join(', ');
  throw refuse(home, `has files that the pipeline did not make: ${names}; move them elsewhere, then use --fresh again`);
}

/** True for what a local pipeline writes into its home, parts of files that were never finished included. */
function isOurEntry(entry: string): boolean {
  const names = [HOME_MARKER, ...Object.values(homePaths('')).map((path) => basename(path))];
  return names.some((name) => entry === name || (entry.startsWith(`${name}.`) && entry.endsWith('.part')));
}

/** Compares folders by device and inode, so that links, mounts and letter case do not hide that two are one. */
async function refuseOverlap(home: string, { path, gitDirectory }: LocalRepository): Promise<void> {
  const [self, ...above] = await identities(await realPath(home));
  for (const folder of [path, gitDirectory]) {
    const [repository, ...aboveRepository] = await identities(folder);
    const isInside = repository !== undefined && (self === repository || above.includes(repository));
    const contains = self !== undefined && aboveRepository.includes(self);
    if (isInside) throw refuse(home, `is inside the repository ${path}, which is only read; ${ANOTHER_FOLDER}`);
    if (contains) throw refuse(home, `contains the repository ${path}; ${ANOTHER_FOLDER}`);
  }
}

/** Returns an identity for the folder and each one above it, from below; undefined for one that does not exist. */
async function identities(path: string): Promise<readonly (string | undefined)[]> {
  const identity = await stat(path).then(
    ({ dev, ino }) => `${dev}:${ino}`,
    () => undefined,
  );
  const parent = dirname(path);
  return parent === path ? [identity] : [identity, ...(await identities(parent))];
}

/** Returns the path without symbolic links, also of a folder that does not exist yet. */
async function realPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    const parent = dirname(path);
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || parent === path) throw error;
    return join(await realPath(parent), basename(path));
  }
}

function refuse(path: string, message: string): InvalidInputError {
  return new InvalidInputError('the demonstration cannot be kept here', [{ path, message }]);
}
