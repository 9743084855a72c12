/** The loopback server: webhook deliveries, the Step Functions protocol and the board's pages, over HTTP, for this machine only. */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { messageOf } from '../../core/contract/errors';
import { type Delivery, LARGEST_BODY_BYTES, type WebhookReply } from '../../lambdas/webhook/delivery';
import { type Listening, listenOnLoopback, refuseForeignRequest } from '../runtime/loopback';
import { StatesError } from './states-requests';

export interface HttpServerOptions {
  /** 0: any free one. */
  readonly port: number;
  /** The reply to GET /, by which one server recognizes another. */
  readonly identity: object;
  /** Handles one delivery; undefined if its body is too large. */
  readonly receive: (delivery: Delivery | undefined) => Promise<WebhookReply>;
  /** Handles one operation of Step Functions. */
  readonly operate: (operation: string, body: unknown) => Promise<object>;
  /** Serves the pages of browsers, with a guard of its own. */
  readonly board: (request: Request) => Response | Promise<Response>;
  /** Called for an internal error, of which the client gets only the status 500. */
  readonly onFault: (message: string) => void;
}

const JSON_TYPE = 'application/json';
/** What the forms of the board send. */
const FORM = 'application/x-www-form-urlencoded';
const PROTOCOL = 'application/x-amz-json-1.0';
const TARGET = 'AWSStepFunctions.';

/** Listens on loopback. Throws `InvalidInput` if the port is taken. */
export async function startHttpServer(options: HttpServerOptions): Promise<Listening> {
  const listener = getRequestListener(createServerApp(options).fetch);
  const server = createServer((request, response) => void listener(request, response));
  return listenOnLoopback(server, options.port, 'end the program that listens there, or name another port with --port');
}

/** The AWS clients and git hosts use two paths. A browser asks for HTML at `/`, and has all other paths. */
function createServerApp({ identity, receive, operate, board, onFault }: HttpServerOptions): Hono {
  const app = new Hono();
  app.use(async ({ req }, next) => {
    if (isForBoard(req)) return board(req.raw);
    const refusal = refuseForeignRequest({ headers: { host: req.header('host'), origin: req.header('origin') } });
    if (refusal !== undefined) return reply(403, { message: refusal });
    return next();
  });
  app.post('/webhook', async ({ req }) => {
    const body = await readBody(req.raw);
    const { status, log: _, ...rest } = await receive(body === undefined ? undefined : { headers: req.header(), body });
    return reply(status, rest);
  });
  app.get('/', () => reply(200, identity));
  app.post('/', async ({ req }, next) => {
    // No page of a browser may send this header to another origin without asking first, and asking is not answered.
    const target = req.header('x-amz-target');
    if (target === undefined) return next();
    try {
      const name = target.startsWith(TARGET) ? target.slice(TARGET.length) : target;
      return reply(200, await operate(name, parseBody(await readBody(req.raw))), PROTOCOL);
    } catch (error) {
      if (!(error instanceof StatesError)) throw error;
      return reply(400, { __type: error.name, message: error.message }, PROTOCOL);
    }
  });
  app.notFound(() => reply(404, { message: 'POST a delivery to /webhook, or an operation of Step Functions to /' }));
  app.onError((error) => {
    onFault(messageOf(error));
    return reply(500, { __type: 'InternalFailure', message: 'internal error of the server' }, PROTOCOL);
  });
  return app;
}

function isForBoard(request: Context['req']): boolean {
  const { method, path } = request;
  if (path === '/webhook') return false;
  if (path === '/') return method === 'GET' && request.header('accept')?.includes('text/html') === true;
  return method !== 'POST' || request.header('content-type')?.startsWith(FORM) === true;
}

function parseBody(body: Buffer | undefined): unknown {
  if (body === undefined) throw new StatesError('SerializationException', 'the request is too large');
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new StatesError('SerializationException', 'the request is not JSON');
  }
}

/** Returns the exact bytes, or undefined if they are too many. The rest is then read and discarded, so that the client gets the reply. */
async function readBody({ body }: Request): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size <= LARGEST_BODY_BYTES) chunks.push(chunk);
    else chunks.length = 0;
  }
  return size <= LARGEST_BODY_BYTES ? Buffer.concat(chunks) : undefined;
}

function reply(status: number, body: object, type = JSON_TYPE): Response {
  const headers = { 'content-type': type, 'x-amzn-requestid': randomUUID() };
  return new Response(JSON.stringify(body), { status, headers });
}
