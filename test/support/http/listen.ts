/** Servers of tests, on free ports of loopback. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo, Server } from 'node:net';

export interface LoopbackServer {
  readonly port: number;
  /** `127.0.0.1:<port>`. */
  readonly host: string;
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** Stops listening, and breaks open connections. */
  readonly stop: () => Promise<void>;
}

/** Starts an HTTP server. */
export function startServer(listener: RequestListener): Promise<LoopbackServer> {
  return listen(createServer(listener));
}

/** Starts a server of any kind. */
export async function listen(
  server: Server & { closeAllConnections?: () => void },
  address = '127.0.0.1',
): Promise<LoopbackServer> {
  await new Promise<void>((listening) => server.listen(0, address, listening));
  const { port } = server.address() as AddressInfo;
  const host = `${address}:${port}`;
  return {
    port,
    host,
    url: `http://${host}`,
    stop: () =>
      new Promise((stopped) => {
        server.close(() => stopped());
        server.closeAllConnections?.();
      }),
  };
}
