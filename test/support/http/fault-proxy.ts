/**
 * An HTTP proxy that injects faults by rule, before or after its server has processed the request. A proxy for bytes could not drop the
 * reply to a write that happened.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Transform } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setTimeout } from 'node:timers/promises';
import { endToEnd, forward } from './fault-proxy-forward';
import { createRuleBook, type Fault, type FaultRule, type ProxiedRequest } from './fault-proxy-rules';
import { listen } from './listen';

export interface FaultProxy {
  /** `127.0.0.1:<port>`. */
  readonly host: string;
  /** Every request, in the order of arrival. */
  readonly requests: readonly ProxiedRequest[];
  /** Rules that met no request: the case they belong to proves nothing. */
  unfired(): readonly string[];
  close(): Promise<void>;
}

/** Starts the proxy in front of `upstream` (`http://host:port`). Without rules it passes everything through. */
export async function startFaultProxy(upstream: string, rules: readonly FaultRule[] = []): Promise<FaultProxy> {
  const requests: ProxiedRequest[] = [];
  const ruleFor = createRuleBook(rules);
  const target = new URL(upstream);
  const server = createServer((request, response) => {
    const rule = ruleFor(request);
    const { method = 'GET', url = '/', headers } = request;
    requests.push({ method, url, headers, ...(rule === undefined ? {} : { rule: rule.name }) });
    const served =
      rule === undefined ? pass(request, response, target) : misbehave(rule.fault, request, response, target);
    // The request failed on purpose, or the client closed its connection.
    served.catch(() => response.destroy());
  });
  const { host, stop } = await listen(server);
  return {
    host,
    requests,
    unfired: () => rules.map(({ name }) => name).filter((name) => !requests.some(({ rule }) => rule === name)),
    close: stop,
  };
}

async function pass(request: IncomingMessage, response: ServerResponse, upstream: URL): Promise<void> {
  const reply = await forward(request, upstream);
  response.writeHead(reply.statusCode ?? 502, endToEnd(reply.headers));
  await pipeline(reply, response);
}

async function misbehave(
  fault: Fault,
  request: IncomingMessage,
  response: ServerResponse,
  upstream: URL,
): Promise<void> {
  if (fault.kind === 'cut-request') return cutRequest(fault, request, upstream);
  if ((fault.kind === 'reply' || fault.kind === 'reset') && fault.when === 'before') {
    if (fault.kind === 'reset') return reset(request);
    request.resume();
    return answer(response, fault);
  }
  const reply = await forward(request, upstream);
  const status = reply.statusCode ?? 502;
  const headers = endToEnd(reply.headers);
  switch (fault.kind) {
    case 'reset':
      await buffer(reply);
      return reset(request);
    case 'reply':
      await buffer(reply);
      return answer(response, fault);
    case 'delay':
      await setTimeout(fault.milliseconds);
      response.writeHead(status, headers);
      return pipeline(reply, response);
    case 'trickle':
      response.writeHead(status, headers);
      return pipeline(reply, trickle(fault.milliseconds), response);
    case 'truncate': {
      const body = await buffer(reply);
      response.writeHead(status, { ...headers, 'content-length': String(body.length) });
      await new Promise((resolve) => response.write(body.subarray(0, fault.bytes), resolve));
      await fault.hold?.();
      return reset(request);
    }
    case 'flip': {
      const body = await buffer(reply);
      body.writeUInt8((body.at(fault.offset) ?? 0) ^ 1, fault.offset);
      response.writeHead(status, headers);
      response.end(body);
      return;
    }
    case 'headers': {
      const changed = Object.entries({ ...headers, ...fault.set }).filter(([, value]) => value !== undefined);
      response.writeHead(status, Object.fromEntries(changed) as Record<string, string>);
      return pipeline(reply, response);
    }
  }
}

function answer(response: ServerResponse, { status, headers, body = '' }: Extract<Fault, { kind: 'reply' }>): void {
  response.writeHead(status, headers);
  response.end(body);
}

function reset(request: IncomingMessage): void {
  request.socket.resetAndDestroy();
}

async function cutRequest(
  { bytes, hold }: Extract<Fault, { kind: 'cut-request' }>,
  request: IncomingMessage,
  upstream: URL,
): Promise<void> {
  let left = bytes;
  const cut = new Transform({
    transform(chunk: Buffer, _, done) {
      const passed = chunk.subarray(0, left);
      left -= passed.length;
      this.push(passed);
      if (left > 0) return done();
      (hold?.() ?? Promise.resolve()).then(() => done(new Error('cut')), done);
    },
  });
  request.pipe(cut);
  const partial = Object.assign(cut, { method: request.method, url: request.url, headers: request.headers });
  await forward(partial as unknown as IncomingMessage, upstream).catch(() => undefined);
  reset(request);
}

function trickle(milliseconds: number): Transform {
  return new Transform({
    transform: async function (chunk: Buffer, _, done) {
      for (const byte of chunk) {
        await setTimeout(milliseconds, undefined, { ref: false });
        this.push(Buffer.of(byte));
      }
      done();
    },
  });
}
