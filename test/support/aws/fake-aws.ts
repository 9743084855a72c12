/** AWS services with JSON protocols on loopback: the real SDK clients talk to it over HTTP. */
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { listen } from '../http/listen';

export interface FakeAws {
  readonly url: string;
  /** Operations in order, such as `StartExecution`. */
  readonly calls: string[];
  /** Answers of operations: a body, an error by its name with what else its body says, or none: the connection breaks. */
  readonly answers: Map<string, (input: Record<string, string>) => object | { readonly error: string } | 'lost'>;
  stop(): Promise<void>;
}

export async function startFakeAws(): Promise<FakeAws> {
  const calls: string[] = [];
  const answers: FakeAws['answers'] = new Map();
  const server = createServer(async (request, response) => {
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    calls.push(operation);
    const input = JSON.parse((await buffer(request)).toString('utf8'));
    const answer = answers.get(operation)?.(input) ?? { error: 'UnknownOperationException' };
    if (answer === 'lost') return request.socket.destroy();
    const isError = 'error' in answer;
    response.writeHead(isError ? 400 : 200, { 'content-type': 'application/x-amz-json-1.1' });
    return response.end(JSON.stringify(isError ? errorBody(answer) : answer));
  });
  const { url, stop } = await listen(server);
  return {
    url,
    calls,
    answers,
    stop,
  };
}

function errorBody({ error, ...more }: { readonly error: unknown }): object {
  return { __type: error, message: `fake ${String(error)}`, ...more };
}
