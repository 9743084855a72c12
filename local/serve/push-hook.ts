/** Puts the hook into a repository by which a push to it becomes a webhook delivery. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { writeFileAtomically } from '../../adapters/disk/atomic-file';
import { InvalidInputError } from '../../core/contract/errors';
import type { WebhookSecrets } from '../../core/ports/runs';

const MARK = '# Made by pipeline serve; made anew at its next start.';

const SCRIPT = join(__dirname, 'post-receive.mjs');

interface HookFiles {
  /** Says where the server listens. */
  readonly address: string;
  readonly secret: string;
}

/**
 * Writes `hooks/post-receive` and gives its path. Throws `InvalidInput` if there is one that is not ours, or if the repository takes
 * its hooks from elsewhere, so that ours would not be run.
 */
export async function installPushHook(repository: string, { address, secret }: HookFiles): Promise<string> {
  const hook = join(resolve(repository, await gitPath(repository, '--git-common-dir')), 'hooks', 'post-receive');
  const used = await gitPath(repository, '--git-path', 'hooks/post-receive');
  if (resolve(repository, used) !== hook) {
    throw refuse(
      hook,
      `would not be run, as core.hooksPath names another folder: ${used}; unset it in this repository`,
    );
  }
  const there = await textOf(hook);
  if (there !== undefined && !there.includes(MARK)) {
    throw refuse(hook, 'is there already and is not of this pipeline; move it away, or call it from a hook of yours');
  }
  const command = [process.execPath, SCRIPT, resolve(address), resolve(secret)].map(quoted).join(' ');
  await mkdir(join(hook, '..'), { recursive: true });
  await writeFileAtomically(hook, `#!/bin/sh\n${MARK}\nexec ${command}\n`);
  await chmod(hook, 0o755);
  return hook;
}

/** With the configuration of whoever runs this, unlike elsewhere: theirs may say where hooks are looked for. */
async function gitPath(repository: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('git', ['-C', repository, 'rev-parse', ...args]);
  return stdout.trimEnd();
}

/** A word of a POSIX shell that stands for exactly this text. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function refuse(path: string, message: string): InvalidInputError {
  return new InvalidInputError('the hook for pushes cannot be made', [{ path, message }]);
}

// The secret that signs webhook deliveries on one machine: made once, kept in the home, readable by its owner only.

const OWNER_ONLY = 0o600;

/** Shorter ones can be guessed. */
const SHORTEST = 16;

/** Makes the secret if there is none. Throws `InvalidInput` if what is there cannot be one. */
export async function keepWebhookSecret(file: string): Promise<WebhookSecrets> {
  await mkdir(dirname(file), { recursive: true });
  try {
    await writeFile(file, randomBytes(32).toString('hex'), { flag: 'wx', mode: OWNER_ONLY });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    await chmod(file, OWNER_ONLY);
  }
  const read = async () => [await readSecret(file)];
  await read();
  return { current: read, refreshed: read };
}

async function readSecret(file: string): Promise<string> {
  const secret = (await readFile(file, 'utf8')).trim();
  if (secret.length >= SHORTEST) return secret;
  const message = `holds ${secret.length} characters, a secret needs ${SHORTEST}; remove the file, and a new one is made`;
  throw new InvalidInputError('the webhook secret cannot be used', [{ path: file, message }]);
}
