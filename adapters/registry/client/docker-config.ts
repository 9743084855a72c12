/** Credentials as `docker login` left them on this machine: in Docker's config file, or with a `docker-credential-*` helper. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { ERROR_NAMES, messageOf, PipelineError } from '../../../core/contract/errors';
import { DOCKER_HUB } from '../../../core/image/reference';
import { type CredentialSource, type Credentials, IDENTITY_TOKEN_USER } from './credentials';

const DOCKER_HUB_NAMES: readonly string[] = [DOCKER_HUB, 'index.docker.io', 'registry-1.docker.io'];
/** The name under which Docker keeps Docker Hub's credentials. */
const DOCKER_HUB_KEY = 'https://index.docker.io/v1/';
const HELPER_SECONDS = 20;

const Entry = z.object({
  auth: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  identitytoken: z.string().optional(),
});
const Config = z.object({
  auths: z.record(z.string(), Entry).optional(),
  credsStore: z.string().optional(),
  credHelpers: z.record(z.string(), z.string()).optional(),
});
const HelperReply = z.object({ Username: z.string(), Secret: z.string() });

/** Reads `config.json` of the folder (default: `DOCKER_CONFIG`, else `~/.docker`) whenever a registry asks who we are. */
export function dockerConfigCredentials(
  directory = process.env.DOCKER_CONFIG || join(homedir(), '.docker'),
): CredentialSource {
  const file = join(directory, 'config.json');
  return async (host) => {
    const config = await readConfig(file);
    const keys = keysOf(host);
    const helper = find(config.credHelpers, keys) ?? config.credsStore;
    const helped = helper === undefined ? undefined : await askHelper(helper, keys[0] ?? host, file);
    return helped ?? decode(find(config.auths, keys));
  };
}

async function readConfig(file: string): Promise<z.infer<typeof Config>> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}';
    throw error;
  });
  try {
    return Config.parse(JSON.parse(text));
  } catch {
    // The parser's own message would quote the file, which holds passwords.
    throw new PipelineError(ERROR_NAMES.registry, `${file} is no Docker config file; mend it, or log in anew`);
  }
}

/** Spellings of a host, the one that Docker would use first. */
function keysOf(host: string): readonly string[] {
  const plain = [host, `https://${host}`, `https://${host}/v1/`, `https://${host}/v2/`, `http://${host}`];
  return DOCKER_HUB_NAMES.includes(host) ? [DOCKER_HUB_KEY, ...plain] : plain;
}

function find<Value>(record: Readonly<Record<string, Value>> | undefined, keys: readonly string[]): Value | undefined {
  const key = keys.find((candidate) => record !== undefined && Object.hasOwn(record, candidate));
  return key === undefined ? undefined : record?.[key];
}

function decode(entry: z.infer<typeof Entry> | undefined): Credentials | undefined {
  if (entry === undefined) return undefined;
  if (entry.identitytoken) return { username: IDENTITY_TOKEN_USER, password: entry.identitytoken };
  if (entry.username !== undefined && entry.password !== undefined) {
    return { username: entry.username, password: entry.password };
  }
  // Old versions of Docker pad with NUL.
  const text = Buffer.from(entry.auth ?? '', 'base64')
    .toString('utf8')
    .replace(/\0+$/, '');
  const colon = text.indexOf(':');
  return colon < 1 ? undefined : { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** The protocol of docker-credential-helpers: the server's name on stdin, JSON on stdout. */
async function askHelper(helper: string, key: string, file: string): Promise<Credentials | undefined> {
  const failed = (what: string) =>
    new PipelineError(ERROR_NAMES.registry, `${file} names the credential helper '${helper}', which ${what}`);
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(helper)) throw failed('is no name of a helper');
  const { error, stdout } = await run(`docker-credential-${helper}`, key);
  if (error !== null) {
    // Helpers say on stdout, in these words, that they know nothing (docker-credential-helpers, errCredentialsNotFound).
    if (/credentials not found/i.test(stdout)) return undefined;
    throw failed(
      `could not be asked (${error.code === 'ENOENT' ? 'it is not installed' : messageOf(error.signal ?? error.code)})`,
    );
  }
  try {
    const reply = HelperReply.parse(JSON.parse(stdout));
    return reply.Secret === '' ? undefined : { username: reply.Username, password: reply.Secret };
  } catch {
    throw failed('answered with something that is no credential');
  }
}

interface HelperRun {
  readonly error: (Error & { readonly code?: string | number | null; readonly signal?: string | null }) | null;
  readonly stdout: string;
}

function run(command: string, input: string): Promise<HelperRun> {
  return new Promise((resolve) => {
    const child = execFile(command, ['get'], { timeout: HELPER_SECONDS * 1000, env: process.env }, (error, stdout) =>
      resolve({ error: error as HelperRun['error'], stdout }),
    );
    // A helper that is not there, or does not read, must not end the process with EPIPE.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(`${input}\n`);
  });
}
