/** An HTTP client with a clock that only its own waits move, and servers with scripted answers for it. */
import { createHttpClient, type HttpClientOptions } from '../../../adapters/http/http-client';
import { type HttpReply, readBytes } from '../../../adapters/http/http-request';
import { ERROR_NAMES } from '../../../core/contract/errors';
import { createStillClock } from '../pipeline/memory-state';
import { type ScriptedRegistry, startScriptedRegistry } from '../registry/scripted-registry';

export const clock = createStillClock();

/** Returns a function that starts a server. Each is closed after the test that started it. */
export function useServers(): typeof startScriptedRegistry {
  const servers: ScriptedRegistry[] = [];
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });
  return async (answer) => {
    const server = await startScriptedRegistry(answer);
    servers.push(server);
    return server;
  };
}

/** Creates a client that waits as long as chance allows. */
export function client(options: Partial<HttpClientOptions> = {}) {
  return createHttpClient({ errorName: ERROR_NAMES.registry, clock, random: () => 1, allowLoopback: true, ...options });
}

/** Returns a GET of a path of the server. */
export function get({ host }: Pick<ScriptedRegistry, 'host'>, path = '/x') {
  return { method: 'GET', url: new URL(`http://${host}${path}`), expect: [200] } as const;
}

/** Reads a body of at most 1 KiB. */
export async function text(reply: HttpReply): Promise<string> {
  return (await readBytes(reply, 1024)).toString();
}
