/**
 * Reads the registry logins of this machine: the files of `docker login`, `podman login` and `skopeo login`, and the credential helpers in them.
 * Formats: containers-auth.json(5), docker-credential-helpers.
 */

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { ERROR_NAMES, messageOf, PipelineError, unreadableFile } from '../../../core/contract/errors';
import { canonicalHost, DOCKER_HUB } from '../../../core/image/reference';
import type { Clock } from '../../../core/ports/store';
import { trimEndOf } from '../../../core/text/white-space';
import { type CredentialSource, type Credentials, firstOf, IDENTITY_TOKEN_USER, nameOf } from './credentials';
import { plainHttpOf, type RegistryAccess } from './registry-client';

type Environment = Readonly<Record<string, string | undefined>>;

/** Returns how programs on this machine reach registries: with its logins, and without TLS where user or environment allow it. */
export function localAccess(
  clock: Clock,
  plainHttp: readonly string[] = [],
  env: Environment = process.env,
): RegistryAccess {
  return {
    clock,
    credentials: createKeychain(env),
    allowLoopback: true,
    plainHttp: [...plainHttp, ...plainHttpOf(env)],
  };
}

/** Returns the logins of all files, the first file that has one for a repository first. Files are read whenever a registry asks. */
export function createKeychain(env: Environment = process.env): CredentialSource {
  return firstOf(...loginFiles(env).map((file) => fileCredentials(file, env)));
}

/** Returns the paths of files that may have logins: the one that the user named, Docker's, then those of podman and skopeo. */
export function loginFiles(env: Environment): readonly string[] {
  const home = env.HOME || homedir();
  const runtime = env.XDG_RUNTIME_DIR;
  return [
    ...(env.REGISTRY_AUTH_FILE ? [env.REGISTRY_AUTH_FILE] : []),
    join(env.DOCKER_CONFIG || join(home, '.docker'), 'config.json'),
    runtime ? join(runtime, 'containers', 'auth.json') : `/run/containers/${process.getuid?.() ?? 0}/auth.json`,
    join(env.XDG_CONFIG_HOME || join(home, '.config'), 'containers', 'auth.json'),
  ];
}

const Entry = z.object({
  auth: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  identitytoken: z.string().optional(),
});
type Entry = z.infer<typeof Entry>;
const LoginFile = z.object({
  auths: z.record(z.string(), Entry).optional(),
  credsStore: z.string().optional(),
  credHelpers: z.record(z.string(), z.string()).optional(),
});

function fileCredentials(file: string, env: Environment): CredentialSource {
  const askHelper = createHelperClient(file, env);
  return async (asked, repository) => {
    const { auths = {}, credHelpers = {}, credsStore } = await readLoginFile(file);
    const host = canonicalHost(asked);
    const ownHelper = Object.entries(credHelpers).find(([key]) => nameOf(key) === host);
    const helped = ownHelper === undefined ? undefined : await askHelper(ownHelper[1], ownHelper[0]);
    return (
      helped ??
      (repository === undefined ? undefined : findLogin(auths, host, repository)) ??
      (credsStore === undefined || ownHelper !== undefined
        ? undefined
        : await askHelper(credsStore, host === DOCKER_HUB ? DOCKER_HUB_KEY : host)) ??
      decode(entryOf(auths, host))
    );
  };
}

async function readLoginFile(file: string): Promise<z.infer<typeof LoginFile>> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return '{}';
    throw new PipelineError(ERROR_NAMES.registry, `${file} ${unreadableFile(error)}`, { cause: error });
  });
  try {
    // podman creates an empty file before the first login.
    return LoginFile.parse(JSON.parse(text.trim() || '{}'));
  } catch {
    // The parser's own message would quote the file, which contains passwords.
    throw new PipelineError(ERROR_NAMES.registry, `${file} is not a file of registry logins; fix it, or log in again`);
  }
}

/** The key under which Docker stores the credentials of Docker Hub. */
const DOCKER_HUB_KEY = 'https://index.docker.io/v1/';

/** Returns the login of the longest namespace that contains the repository. */
function findLogin(auths: Readonly<Record<string, Entry>>, host: string, repository: string): Credentials | undefined {
  const parts = repository.split('/');
  for (let length = parts.length; length > 0; length -= 1) {
    const found = decode(entryOf(auths, [host, ...parts.slice(0, length)].join('/')));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Returns the entry of the key with this spelling, or of the first key with another spelling of the name. */
function entryOf(auths: Readonly<Record<string, Entry>>, name: string): Entry | undefined {
  if (Object.hasOwn(auths, name)) return auths[name];
  return Object.entries(auths).find(([key]) => nameOf(key) === name)?.[1];
}

function decode(entry: Entry | undefined): Credentials | undefined {
  if (entry === undefined) return undefined;
  if (entry.identitytoken) return { username: IDENTITY_TOKEN_USER, password: entry.identitytoken };
  if (entry.username && entry.password) return { username: entry.username, password: entry.password };
  // Old versions of Docker pad with NUL.
  const padded = Buffer.from(entry.auth ?? '', 'base64').toString('utf8');
  const text = trimEndOf(padded, (character) => character === '\0');
  const colon = text.indexOf(':');
  return colon < 1 ? undefined : { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

const HELPER_SECONDS = 20;

/** Repositories that are asked for at once share one call of the helper; after so long, in ms, it is called again. */
const HELPER_MEMORY = 5_000;

type HelperClient = (helper: string, key: string) => Promise<Credentials | undefined>;

function createHelperClient(file: string, env: Environment): HelperClient {
  const replies = new Map<string, { readonly until: number; readonly reply: Promise<Credentials | undefined> }>();
  return (helper, key) => {
    const id = `${helper} ${key}`;
    const known = replies.get(id);
    if (known !== undefined && performance.now() < known.until) return known.reply;
    const reply = askHelper(helper, key, file, env);
    replies.set(id, { until: performance.now() + HELPER_MEMORY, reply });
    return reply;
  };
}

const HelperReply = z.object({ Username: z.string(), Secret: z.string() });

/** Asks a helper by the protocol of docker-credential-helpers: the key on stdin, JSON on stdout. Undefined if it knows none. */
async function askHelper(
  helper: string,
  key: string,
  file: string,
  env: Environment,
): Promise<Credentials | undefined> {
  const failed = (what: string) =>
    new PipelineError(ERROR_NAMES.registry, `${file} names the credential helper '${helper}', which ${what}`);
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(helper)) throw failed('is not the name of a helper');
  const { error, stdout } = await run(`docker-credential-${helper}`, key, env);
  if (error !== null) {
    // Helpers say so on stdout, in these words (docker-credential-helpers, errCredentialsNotFound).
    if (/credentials not found/i.test(stdout)) return undefined;
    const reason = error.code === 'ENOENT' ? 'it is not installed' : messageOf(error.signal ?? error.code);
    throw failed(`failed (${reason}); install or fix it, or remove it from the file`);
  }
  try {
    const reply = HelperReply.parse(JSON.parse(stdout));
    return reply.Secret === '' ? undefined : { username: reply.Username, password: reply.Secret };
  } catch {
    throw failed('did not answer with credentials; update or remove it');
  }
}

interface HelperRun {
  readonly error: (Error & { readonly code?: string | number | null; readonly signal?: string | null }) | null;
  readonly stdout: string;
}

function run(command: string, input: string, env: Environment): Promise<HelperRun> {
  return new Promise((resolve) => {
    const child = execFile(command, ['get'], { timeout: HELPER_SECONDS * 1000, env }, (error, stdout) =>
      resolve({ error: error as HelperRun['error'], stdout }),
    );
    // A helper that is missing, or does not read, must not end the process with EPIPE.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(`${input}\n`);
  });
}
