/** The embedded registry for one test file, in a folder of its own, with an empty log before each test. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RegistryLogEntry, type RunningRegistry, startRegistry } from '../../../local/registry/start-registry';

export interface EmbeddedRegistry {
  readonly directory: string;
  readonly log: RegistryLogEntry[];
  /** `127.0.0.1:port`. */
  readonly host: string;
  /** `http://127.0.0.1:port`. */
  readonly base: string;
  /** One request, by its path. */
  readonly ask: (method: string, path: string, init?: RequestInit) => Promise<Response>;
}

/** Starts the registry for a test file. Call it at the file's top; the port is known once the tests run. */
export function useEmbeddedRegistry(
  isImmutable: (repository: string, tag: string) => boolean = () => false,
): EmbeddedRegistry {
  const directory = mkdtempSync(join(tmpdir(), 'embedded-registry-'));
  const log: RegistryLogEntry[] = [];
  let running: RunningRegistry;

  beforeAll(async () => {
    running = await startRegistry({ directory, isImmutable, log: (entry) => log.push(entry) });
  });
  afterAll(async () => {
    await running.close();
    rmSync(directory, { recursive: true });
  });
  beforeEach(() => {
    log.length = 0;
  });

  const base = () => `http://${running.host}`;
  return {
    directory,
    log,
    get host() {
      return running.host;
    },
    get base() {
      return base();
    },
    ask: (method, path, init = {}) => fetch(`${base()}${path}`, { method, ...init }),
  };
}

/** Status and code of an error in the form of the distribution specification. */
export async function errorOf(reply: Response): Promise<string> {
  const body = (await reply.json()) as {
    readonly errors: readonly { readonly code: string; readonly message: string }[];
  };
  expect(body.errors[0]?.message).toBeTruthy();
  return `${reply.status} ${body.errors[0]?.code}`;
}
