/** The loopback server: webhook deliveries and the Step Functions protocol, over HTTP, for this machine only. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
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
  /** Serves the pages of browsers. */
  readonly board: (request: IncomingMessage, response: ServerResponse) => void;
  /** Called for an internal error, of which the client gets only the status 500. */
  readonly onFault: (message: string) => void;
}

interface HttpReply {
  readonly status: number;
  readonly type: string;
  readonly body: object;
}

const JSON_TYPE = 'application/json';
/** What the forms of the board send. */
const FORM = 'application/x-www-form-urlencoded';
const PROTOCOL = 'application/x-amz-json-1.0';
const TARGET = 'AWSStepFunctions.';

/** Listens on loopback. Throws `InvalidInput` if the port is taken. */
export async function startHttpServer(options: HttpServerOptions): Promise<Listening> {
  const server = createServer((request, response) => {
    if (isForBoard(request)) {
      options.board(request, response);
      return;
    }
    answer(request, options)
      .catch((error): HttpReply => {
        options.onFault(messageOf(error));
        return {
          status: 500,
          type: PROTOCOL,
          body: { __type: 'InternalFailure', message: 'internal error of the server' },
        };
      })
      .then((reply) => send(response, reply));
  });
  return listenOnLoopback(server, options.port, 'end the program that listens there, or name another port with --port');
}

/** The AWS clients and git hosts use two paths. A browser asks for HTML at `/`, and has all other paths. */
function isForBoard({ method, url = '/', headers }: IncomingMessage): boolean {
  const path = url.split('?')[0];
  if (path === '/webhook') return false;
  if (path === '/') return method === 'GET' && headers.accept?.includes('text/html') === true;
  return method !== 'POST' || headers['content-type']?.startsWith(FORM) === true;
}

async function answer(request: IncomingMessage, options: HttpServerOptions): Promise<HttpReply> {
  const refusal = refuseForeignRequest(request);
  if (refusal !== undefined) return json(403, { message: refusal });
  const { method, url, headers } = request;
  const path = url?.split('?')[0];
  if (path === '/webhook' && method === 'POST') return receive(request, options);
  if (path === '/' && method === 'GET') return json(200, options.identity);
  // No page of a browser may send this header to another origin without asking first, and asking is not answered.
  const target = headers['x-amz-target'];
  if (path === '/' && method === 'POST' && typeof target === 'string') return operate(target, request, options);
  return json(404, { message: 'POST a delivery to /webhook, or an operation of Step Functions to /' });
}

async function receive(request: IncomingMessage, options: HttpServerOptions): Promise<HttpReply> {
  const body = await readBody(request);
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : value]),
  );
  const { status, log: _, ...reply } = await options.receive(body === undefined ? undefined : { headers, body });
  return json(status, reply);
}

async function operate(target: string, request: IncomingMessage, options: HttpServerOptions): Promise<HttpReply> {
  try {
    const body = await readBody(request);
    const name = target.startsWith(TARGET) ? target.slice(TARGET.length) : target;
    return { status: 200, type: PROTOCOL, body: await options.operate(name, parseBody(body)) };
  } catch (error) {
    if (!(error instanceof StatesError)) throw error;
    return { status: 400, type: PROTOCOL, body: { __type: error.name, message: error.message } };
  }
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
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= LARGEST_BODY_BYTES) chunks.push(chunk);
    else chunks.length = 0;
  }
  return size <= LARGEST_BODY_BYTES ? Buffer.concat(chunks) : undefined;
}

function json(status: number, body: object): HttpReply {
  return { status, type: JSON_TYPE, body };
}

function send(response: ServerResponse, { status, type, body }: HttpReply): void {
  response.writeHead(status, { 'content-type': type, 'x-amzn-requestid': randomUUID() });
  response.end(JSON.stringify(body));
}
