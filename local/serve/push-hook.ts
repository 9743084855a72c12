/** The hook that turns each push to a repository into a webhook delivery, and the secret that signs the delivery. */
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { writeFileAtomically } from '../../adapters/disk/atomic-file';
import { ifMissing } from '../../adapters/disk/missing';
import { hooksFolder, runGit } from '../../adapters/git/local/git-command';
import { InvalidInputError } from '../../core/contract/errors';
import type { WebhookSecrets } from '../../core/ports/runs';
import { shellCommand } from '../../core/text/escape';

const MARK = '# Made by pipeline serve; made anew at its next start.';

const SCRIPT = join(__dirname, 'post-receive.mjs');

interface HookFiles {
  /** Holds the server's address. */
  readonly address: string;
  readonly secret: string;
}

/**
 * Writes `hooks/post-receive` and returns its path. Throws `InvalidInput` if the repository has a hook of somebody else, or takes its
 * hooks from another folder, so that git would not run ours.
 */
export async function installPushHook(repository: string, { address, secret }: HookFiles): Promise<string> {
  const common = (await runGit(repository, ['rev-parse', '--git-common-dir'])).stdout.toString('utf8').trimEnd();
  const folder = join(resolve(repository, common), 'hooks');
  const hook = join(folder, 'post-receive');
  const used = hooksFolder(repository);
  if (used !== folder) {
    throw refuse(
      hook,
      `would not be run, as core.hooksPath names another folder: ${used}; unset it in this repository`,
    );
  }
  const present = await readFile(hook, 'utf8').catch(ifMissing(undefined));
  if (present !== undefined && !present.includes(MARK)) {
    throw refuse(hook, 'exists and was not made by this pipeline; move it away, or call it from a hook of your own');
  }
  const command = shellCommand(process.execPath, SCRIPT, resolve(address), resolve(secret));
  await mkdir(folder, { recursive: true });
  await writeFileAtomically(hook, `#!/bin/sh\n${MARK}\nexec ${command}\n`);
  await chmod(hook, 0o755);
  return hook;
}

function refuse(path: string, message: string): InvalidInputError {
  return new InvalidInputError('the hook for pushes cannot be made', [{ path, message }]);
}

const OWNER_ONLY = 0o600;

/** Shorter secrets can be guessed. */
const SHORTEST = 16;

/**
 * Opens the secret that signs webhook deliveries on one machine. It is made once, stored in the home, and readable by its owner only.
 * Throws `InvalidInput` if the file holds something else.
 */
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
  const message = `has ${secret.length} characters, a secret needs ${SHORTEST}; remove the file, and a new one is made`;
  throw new InvalidInputError('the webhook secret cannot be used', [{ path: file, message }]);
}
