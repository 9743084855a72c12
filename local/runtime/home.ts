/** The home of a local pipeline: the folder of its repository, registry, claims, reports and logs. */
import { constants } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import * as z from 'zod';
import { writeFileAtomically } from '../../adapters/disk/atomic-file';
import { signerOf } from '../../adapters/signing/open-signer';
import { InvalidInputError, messageOf, type Problem, unreadableFile } from '../../core/contract/errors';
import { objectKeys } from '../../core/contract/keys';
import type { OpenSigner } from '../../core/ports/signer';
import { valuesGitOf } from '../../core/settings/files/values-repository';
import { parseSettings } from '../../core/settings/parse-settings';
import type { Settings, SettingsInput } from '../../core/settings/schema';
import { findJsonSyntaxError } from '../../core/text/json';
import { describeShape, excerpt } from '../../core/text/shape-error';
import { isFreePort } from './loopback';

/** Returns the paths of everything that a local pipeline keeps in its home. */
export function homePaths(home: string) {
  return {
    settings: join(home, 'settings.json'),
    repository: join(home, 'repository.git'),
    valuesRepository: join(home, 'values.git'),
    worktree: join(home, 'worktree'),
    registry: join(home, 'registry'),
    objects: join(home, 'objects'),
    claims: join(home, 'claims'),
    packages: join(home, 'packages'),
    logs: join(home, 'logs'),
    alarms: join(home, 'alarms'),
    jobTool: join(home, 'job-tool.cjs'),
    executions: join(home, 'executions'),
    webhookSecret: join(home, 'webhook-secret'),
    serving: join(home, 'serving.json'),
  } as const;
}

/** Returns the path of a run's summary. */
export function summaryFile(home: string, run: string): string {
  return join(homePaths(home).objects, objectKeys.summary(run));
}

/** The content of `settings.json`. */
export interface LocalSettings {
  readonly settings: Settings;
  readonly embeddedRegistry: boolean;
  /** True if the clusters that environments name are the embedded one, at one address. */
  readonly embeddedCluster?: boolean;
}

const Stored = z.strictObject({
  embeddedRegistry: z.boolean(),
  embeddedCluster: z.boolean().default(false),
  settings: z.unknown(),
});

/** Reads a home's settings. Throws `InvalidInput` if there is no local pipeline in the folder. */
export async function readLocalSettings(home: string): Promise<LocalSettings> {
  let text: string;
  try {
    text = await readFile(homePaths(home).settings, 'utf8');
  } catch (cause) {
    const message = `has no local pipeline (settings.json: ${unreadableFile(cause)}); run npm start first, or name its folder with --home`;
    throw new InvalidInputError('the local pipeline cannot be opened', [{ path: home, message }]);
  }
  const path = homePaths(home).settings;
  const fault = findJsonSyntaxError(text);
  if (fault !== undefined) {
    const message = `column ${fault.column}: ${fault.message}; fix the file, or run npm start for a new home`;
    throw new InvalidInputError('the settings are not JSON', [{ path, line: fault.line, message }]);
  }
  const { embeddedRegistry, embeddedCluster, settings } = checkStored(JSON.parse(text), path);
  return { embeddedRegistry, embeddedCluster, settings: parseSettings(settings) };
}

/** A setting beside `settings` would have no effect: images would be neither signed nor scanned, without a word. */
function checkStored(value: unknown, file: string): z.infer<typeof Stored> {
  const { data, error } = Stored.safeParse(value, { error: (issue) => describeShape(issue) });
  if (data !== undefined) return data;
  const problems = error.issues.flatMap((issue): Problem[] => {
    if (issue.code !== 'unrecognized_keys') return [{ path: issue.path.join('.') || file, message: issue.message }];
    const message = `is no key of ${file} itself; write it into its "settings"`;
    return issue.keys.map((key) => ({ path: excerpt(key), message }));
  });
  throw new InvalidInputError('the settings of the local pipeline cannot be used', problems);
}

/** Returns the monorepo on disk that a local pipeline works on. */
export function localRepository({ git }: Pick<Settings, 'git'>): string {
  return pathOnDisk(git, 'git.host');
}

/** Returns the repository on disk with the values files: the monorepo, unless the settings name another one. */
export function localValuesRepository(settings: Pick<Settings, 'git' | 'valuesRepository'>): string {
  return pathOnDisk(valuesGitOf(settings), 'valuesRepository.git.host');
}

function pathOnDisk(git: Settings['git'], path: string): string {
  if (git.host === 'local') return git.path;
  const message = `is '${git.host}'; the local runtime works on a repository on disk, so write { "host": "local", "path": ... }`;
  throw new InvalidInputError('the settings cannot be run here', [{ path, message }]);
}

/** Returns the function that opens the key which signs releases; undefined if the settings name none. Paths of keys are relative to the home. */
export function homeSigner(home: string, { signing }: Pick<Settings, 'signing'>): OpenSigner | undefined {
  return signerOf(signing, { folder: home, env: process.env });
}

/** Writes a home's settings, and returns them with every default filled in. */
export async function writeLocalSettings(
  home: string,
  settings: SettingsInput,
  embeddedRegistry: boolean,
  embeddedCluster = false,
): Promise<LocalSettings> {
  const parsed = parseSettings(settings);
  const stored = { embeddedRegistry, ...(embeddedCluster ? { embeddedCluster } : {}), settings: parsed };
  await writeFileAtomically(homePaths(home).settings, `${JSON.stringify(stored, null, 2)}\n`);
  return stored;
}

const UNWRITABLE: Readonly<Record<string, string>> = {
  EROFS: 'is on a read-only file system',
  EACCES: 'may not be written by this user',
  EPERM: 'may not be written by this user',
  ENOTDIR: 'is not a folder',
};

/**
 * Throws `InvalidInput` if the home, or the folder that it would be made in, cannot be written. Node reports a read-only parent of a new
 * folder as ENOENT, so this is checked before anything is made.
 */
export async function refuseUnwritable(home: string): Promise<void> {
  try {
    await access(home, constants.W_OK | constants.X_OK);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && dirname(home) !== home) return refuseUnwritable(dirname(home));
    const message = `${UNWRITABLE[code] ?? messageOf(error)}; choose a folder that you may write to`;
    throw new InvalidInputError('the home cannot be written', [{ path: home, message }]);
  }
}

/** Throws `InvalidInput` if a run or a server uses the home. Either listens on the port of its embedded registry, or serves the home. */
export async function refuseUsedHome(home: string): Promise<void> {
  const local = await readLocalSettings(home).catch(() => undefined);
  if (local === undefined) return;
  const port = Number(local.settings.releases.host.split(':')[1] ?? 0);
  const isUsed = local.embeddedRegistry ? !(await isFreePort(port)) : (await servedAt(home)) !== undefined;
  if (!isUsed) return;
  const message = 'is used by a run or by pipeline serve; end that first';
  throw new InvalidInputError('the home cannot be emptied', [{ path: home, message }]);
}

/** Returns the address at which the home is served, undefined if it is not served. */
export async function servedAt(home: string): Promise<string | undefined> {
  try {
    const { url } = JSON.parse(await readFile(homePaths(home).serving, 'utf8')) as { readonly url: string };
    return (await servedHome(url)) === resolve(home) ? url : undefined;
  } catch {
    // The file is missing or broken.
    return undefined;
  }
}

/** Returns the home that is served at an address, undefined if no pipeline answers there. */
export async function servedHome(url: string): Promise<string | undefined> {
  try {
    const reply = await fetch(url, { signal: AbortSignal.timeout(2000) });
    const { serves } = (await reply.json()) as { readonly serves?: unknown };
    return typeof serves === 'string' ? serves : undefined;
  } catch {
    return undefined;
  }
}
