/** Servers of tests, which only this machine reaches. */
import type { Server } from 'node:http';
import { LOOPBACK, listenOnLoopback } from '../../../local/runtime/loopback';

/** Listens on a free port. `host` is `127.0.0.1:port`; `stop` closes open connections, too. */
export async function listen(server: Server) {
  const { port, close } = await listenOnLoopback(server, 0, 'end the program that listens there');
  const host = `${LOOPBACK}:${port}`;
  return { host, url: `http://${host}`, stop: close };
}
