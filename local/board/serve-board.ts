/** Serves a board on loopback. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { listenOnLoopback } from '../runtime/loopback';
import { createBoardApp } from './app';
import { type BoardOptions, openBoard } from './board';

/** A board for a server that has other work, too. */
export interface BoardListener {
  /** The path that lets a browser act. */
  readonly entryPath: string;
  listen(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

/** Opens a board that answers requests. */
export function boardListener(options: BoardOptions): BoardListener {
  const board = openBoard(options);
  const listener = getRequestListener(createBoardApp(board).fetch);
  return {
    entryPath: board.key.entryPath,
    listen: async (request, response) => void (await listener(request, response)),
  };
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
  const { entryPath, listen } = boardListener(options);
  const server = createServer((request, response) => void listen(request, response));
  const { port, close } = await listenOnLoopback(server, options.port, 'name another port with --port');
  const url = `http://127.0.0.1:${port}`;
  return { url, entry: `${url}${entryPath}`, close };
}
