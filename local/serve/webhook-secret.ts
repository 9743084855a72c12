/** The secret that signs webhook deliveries on one machine: made once, kept in the home, readable by its owner only. */
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { InvalidInputError } from '../../core/errors';
import type { WebhookSecrets } from '../../core/ports';

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
