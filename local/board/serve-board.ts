/** Serves a board on loopback. */
import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { listenOnLoopback } from '../runtime/loopback';
import { createBoardApp } from './app';
import { type BoardOptions, openBoard } from './board';

/** A board for a server that has other work, too. */
export interface OpenedBoard {
  /** The path that lets a browser act. */
  readonly entryPath: string;
  readonly fetch: (request: Request) => Response | Promise<Response>;
}

/** Opens a board that answers requests. */
export function openBoardApp(options: BoardOptions): OpenedBoard {
  const board = openBoard(options);
  const app = createBoardApp(board);
  return { entryPath: board.key.entryPath, fetch: (request) => app.fetch(request) };
}

/** A board that is served. */
export interface ServedBoard {
  readonly url: string;
  /** The address that lets a browser act. */
  readonly entry: string;
  close(): Promise<void>;
}

/** Serves a board until it is closed. Throws `InvalidInput` if the port is taken. */
export async function serveBoard(options: BoardOptions & { readonly port: number }): Promise<ServedBoard> {
  const { entryPath, fetch } = openBoardApp(options);
  const listener = getRequestListener(fetch);
  const server = createServer((request, response) => void listener(request, response));
  const { port, close } = await listenOnLoopback(server, options.port, 'name another port with --port');
  const url = `http://127.0.0.1:${port}`;
  return { url, entry: `${url}${entryPath}`, close };
}
