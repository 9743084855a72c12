/** The folder in which one local pipeline keeps everything: repository, registry, claims, reports, logs. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { writeFileAtomically } from '../../adapters/disk/atomic-file';
import { InvalidInputError } from '../../core/contract/errors';
import { parseSettings } from '../../core/settings/parse-settings';
import type { Settings, SettingsInput } from '../../core/settings/schema';
import { findJsonSyntaxError } from '../../core/text/json-syntax-error';

/** Where things lie below a home folder. */
export function homePaths(home: string) {
  return {
    settings: join(home, 'settings.json'),
    repository: join(home, 'repository.git'),
    worktree: join(home, 'worktree'),
    registry: join(home, 'registry'),
    objects: join(home, 'objects'),
    claims: join(home, 'claims'),
    packages: join(home, 'packages'),
    logs: join(home, 'logs'),
    jobTool: join(home, 'job-tool.cjs'),
    executions: join(home, 'executions'),
    webhookSecret: join(home, 'webhook-secret'),
    serving: join(home, 'serving.json'),
  } as const;
}

/** What `settings.json` holds: the deployment's settings, and whether the registry is the embedded one. */
export interface LocalSettings {
  readonly settings: Settings;
  readonly embeddedRegistry: boolean;
}

const Stored = z.object({ embeddedRegistry: z.boolean(), settings: z.unknown() });

/** Reads a home's settings. Throws `InvalidInput` if there is no local pipeline in the folder. */
export async function readLocalSettings(home: string): Promise<LocalSettings> {
  let text: string;
  try {
    text = await readFile(homePaths(home).settings, 'utf8');
  } catch (cause) {
    const message = `has no local pipeline (${(cause as Error).message}); run npm start first, or name its folder with --home`;
    throw new InvalidInputError('there is nothing to run', [{ path: home, message }]);
  }
  const path = homePaths(home).settings;
  const fault = findJsonSyntaxError(text);
  if (fault !== undefined) {
    const message = `column ${fault.column}: ${fault.message}; or remove the folder, and run npm start for a new one`;
    throw new InvalidInputError('the settings are no JSON', [{ path, line: fault.line, message }]);
  }
  const stored = Stored.parse(JSON.parse(text));
  return { embeddedRegistry: stored.embeddedRegistry, settings: parseSettings(stored.settings) };
}

/** The repository on disk that a local pipeline works on. */
export function localRepository({ git }: Settings): string {
  if (git.host === 'local') return git.path;
  const message = `is '${git.host}'; the local runtime works on a repository on disk, so write { "host": "local", "path": ... }`;
  throw new InvalidInputError('the settings cannot be run here', [{ path: 'git.host', message }]);
}

/** Writes a home's settings and gives them back with every default filled in. */
export async function writeLocalSettings(
  home: string,
  settings: SettingsInput,
  embeddedRegistry: boolean,
): Promise<LocalSettings> {
  const parsed = parseSettings(settings);
  const body = JSON.stringify({ embeddedRegistry, settings: parsed }, null, 2);
  await writeFileAtomically(homePaths(home).settings, `${body}\n`);
  return { settings: parsed, embeddedRegistry };
}
