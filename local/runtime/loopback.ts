/** Servers that only this machine can reach. */
import { randomInt } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { InvalidInputError } from '../../core/contract/errors';

export const LOOPBACK = '127.0.0.1';

/**
 * The range of ports that a home keeps, without its end. The ports above are ephemeral, from 32768 (Linux) or 49152 (RFC 6335) on. Systems
 * give them to any connection, so that a free one may be taken tomorrow.
 */
const KEPT_PORTS = { from: 20_000, to: 32_768 };

export interface Listening {
  readonly port: number;
  /** Stops listening, and closes open connections. */
  close(): Promise<void>;
}

/** Listens on the port, or on any free one for 0. Throws `InvalidInput`, with what to do, if it is taken. */
export async function listenOnLoopback(server: Server, port: number, whatToDo: string): Promise<Listening> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? taken(port, whatToDo) : error),
    );
    server.listen(port, LOOPBACK, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function taken(port: number, whatToDo: string): InvalidInputError {
  return new InvalidInputError('the server cannot start', [
    { path: `${LOOPBACK}:${port}`, message: `the port is taken; ${whatToDo}` },
  ]);
}

/** The names under which clients of this machine reach a server on loopback, with or without the port. */
const OWN_HOST = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/i;

/**
 * Returns the reason why a loopback server must not answer a request, or undefined. A page in a browser gets here in two ways: under a
 * name that resolves to 127.0.0.1, which `Host` shows, or by a request to another origin, which `Origin` shows.
 */
export function refuseForeignRequest({
  headers: { host = '', origin },
}: Pick<IncomingMessage, 'headers'>): string | undefined {
  if (!OWN_HOST.test(host)) return 'this host is not served; use 127.0.0.1 or localhost';
  if (origin !== undefined && origin !== `http://${host}`)
    return 'requests of pages from another origin are not served';
  return undefined;
}

/** Returns a port that is free now, and that the system gives only to a program that asks for it. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(KEPT_PORTS.from, KEPT_PORTS.to);
    if (await isFreePort(port)) return port;
  }
}

/** Returns true if no program of this machine listens on the port. */
export function isFreePort(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    server.listen(port, LOOPBACK, () => server.close(() => resolve(true)));
  });
}
