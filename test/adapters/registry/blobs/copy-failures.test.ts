/** Which failures of a copy are tried again, how often, and from where. */
import type { RequestListener } from 'node:http';
import { createRetryBudget } from '../../../../adapters/http/retry';
import { noCredentials } from '../../../../adapters/registry/client/credentials';
import { copyBlob } from '../../../../adapters/registry/copy-blob';
import { openRegistryClient } from '../../../../adapters/registry/oci-registry';
import { startServer } from '../../../support/http/listen';
import { createStillClock } from '../../../support/pipeline/memory-state';
import { sha256 } from '../../../support/registry/fake-registry-content';
import { type Answer, type Asked, startScriptedRegistry } from '../../../support/registry/scripted-registry';

const BYTES = Buffer.from('0123456789');
const BLOB = { digest: sha256(BYTES), size: BYTES.length, mediaType: 'application/octet-stream' };
const servers: { close(): unknown }[] = [];
afterEach(async () => void (await Promise.all(servers.splice(0).map((server) => server.close()))));

type Script = (asked: Asked, nth: number) => Answer | undefined;

async function serve(script: Script) {
  const server = await startScriptedRegistry(script);
  servers.push(server);
  return server;
}

const serveSource = () => serve(({ method, url }) => (method === 'GET' && url.includes('/blobs/') ? whole : undefined));
const whole: Answer = { status: 200, body: BYTES };

/** A registry that takes every upload, unless the script answers otherwise. `nth` counts the requests of a method. */
async function serveTarget(script: (method: string, nth: number) => Answer | undefined = () => undefined) {
  const counts = new Map<string, number>();
  return serve(({ method, url }) => {
    if (url === '/v2/') return undefined;
    const nth = (counts.get(method) ?? 0) + 1;
    counts.set(method, nth);
    const answer = script(method, nth);
    if (answer !== undefined) return answer;
    const headers = { location: method === 'POST' ? `/v2/team/copy/blobs/uploads/${nth}` : url };
    if (method === 'POST' || method === 'PATCH') return { status: 202, headers };
    if (method === 'HEAD') return { status: 404 };
    return { status: method === 'PUT' ? 201 : 204 };
  });
}

/** Copies the blob with one request at a time. Returns the requests to the target, without the greeting, and the milliseconds waited. */
async function copy(source: string, target: { readonly host: string; readonly asked: readonly Asked[] }, retries = 50) {
  const clock = createStillClock();
  const budget = createRetryBudget(retries);
  const options = { credentials: noCredentials, clock, random: () => 1, budget, concurrency: 1, allowLoopback: true };
  const places = [
    { host: source, repository: 'team/image' },
    { host: target.host, repository: 'team/copy' },
  ] as const;
  const error = await copyBlob(...places, BLOB, openRegistryClient(options)).then(
    () => undefined,
    (thrown: Error) => thrown,
  );
  const asked = target.asked.filter(({ url }) => url !== '/v2/');
  return {
    error,
    waited: clock.waited(),
    asked,
    calls: asked.map(({ method, url }) => `${method} ${url.split('/').at(-1)}`),
  };
}

const methods = (asked: readonly Asked[], method: string) => asked.filter((each) => each.method === method);
const failing =
  (method: string, status: number, times = 1) =>
  (asked: string, nth: number) =>
    asked === method && nth <= times ? { status } : undefined;

describe.each(['PATCH', 'PUT'] as const)('a copy whose %s fails', (method) => {
  test.each([400, 404, 408, 416, 429, 500, 502, 503, 504])('with %i is tried again after a pause', async (status) => {
    const target = await serveTarget(failing(method, status));

    const { error, asked, waited } = await copy((await serveSource()).host, target);

    expect(error).toBeUndefined();
    expect(methods(asked, method)).toHaveLength(2);
    expect(methods(asked, 'PATCH').at(-1)?.body).toEqual(BYTES);
    expect(waited).toBe(500);
  });

  test.each([403, 405, 409, 413])('with %i is not', async (status) => {
    const target = await serveTarget(failing(method, status));

    const { error, asked } = await copy((await serveSource()).host, target);

    expect(error).toMatchObject({ name: 'RegistryError', status });
    expect(methods(asked, method)).toHaveLength(1);
  });

  test('again and again ends after five tries, or when the run has no retries left', async () => {
    const source = await serveSource();
    const few = await copy(source.host, await serveTarget(failing(method, 503, 99)), 2);
    const all = await copy(source.host, await serveTarget(failing(method, 503, 99)));

    expect([few, all].map(({ error }) => error)).toEqual(Array(2).fill(expect.objectContaining({ status: 503 })));
    expect([few, all].map(({ asked }) => methods(asked, method).length)).toEqual([3, 5]);
    expect(all.waited).toBe(500 + 1000 + 2000 + 4000);
  });

  test('although the registry has the blob by then, is done', async () => {
    const target = await serveTarget((asked, nth) =>
      asked === 'HEAD' && nth === 2 ? { status: 200 } : failing(method, 500)(asked, nth),
    );

    const { error, asked } = await copy((await serveSource()).host, target);

    expect(error).toBeUndefined();
    expect(methods(asked, method)).toHaveLength(1);
  });
});

describe('a copy goes on', () => {
  const atOffset = (status: number, range: string) => (method: string, nth: number) => {
    if (method === 'GET') return { status: 204, headers: { range } };
    return failing('PATCH', status)(method, nth);
  };

  test.each([503, 416])('behind the bytes that the upload has, after %i', async (status) => {
    const target = await serveTarget(atOffset(status, '0-3'));

    const { error, asked, calls } = await copy((await serveSource()).host, target);

    expect(error).toBeUndefined();
    expect(calls.filter((call) => /^(POST|PATCH|GET)/.test(call))).toEqual(['POST ', 'PATCH 1', 'GET 1', 'PATCH 1']);
    expect(asked.at(-2)).toMatchObject({ headers: { 'content-range': '4-9' }, body: BYTES.subarray(4) });
  });

  test('in a new upload if a registry that is out of step has none', async () => {
    const target = await serveTarget((method, nth) =>
      method === 'GET' ? { status: 404 } : failing('PATCH', 416)(method, nth),
    );

    const { error, calls } = await copy((await serveSource()).host, target);

    expect(error).toBeUndefined();
    expect(calls.filter((call) => /^(POST|PATCH|GET)/.test(call))).toEqual([
      'POST ',
      'PATCH 1',
      'GET 1',
      'POST ',
      'PATCH 2',
    ]);
  });

  test('without a byte if the upload has all of them', async () => {
    const target = await serveTarget(atOffset(503, '0-9'));

    const { error, asked } = await copy((await serveSource()).host, target);

    expect(error).toBeUndefined();
    expect(methods(asked, 'PATCH')).toHaveLength(1);
    expect(methods(asked, 'PUT')).toHaveLength(1);
  });

  test.each([
    ['400, as its bytes are wrong', 400, '0-3', 0],
    ['404, as it is lost', 404, '0-3', 0],
    ['416 at the offset that it names again', 416, '0-0', 1],
    ['503, with more bytes than the blob has', 503, '0-10', 1],
  ])('in a new upload after %s', async (_, status, range, looks) => {
    const target = await serveTarget(atOffset(status, range));

    const { error, asked, calls } = await copy((await serveSource()).host, target);

    expect(error).toBeUndefined();
    expect(methods(asked, 'GET')).toHaveLength(looks);
    expect(calls.filter((call) => /^(POST|PATCH|PUT)/.test(call)).map((call) => call.split('?')[0])).toEqual([
      'POST ',
      'PATCH 1',
      'POST ',
      'PATCH 2',
      'PUT 2',
    ]);
  });
});

describe('a blob of the same registry', () => {
  test('that is mounted costs one call', async () => {
    const target = await serveTarget((method) => (method === 'POST' ? { status: 201 } : undefined));

    expect((await copy(target.host, target)).calls.map((call) => call.split(' ')[0])).toEqual(['POST']);
  });

  const copyWithin = async (isThere: boolean) => {
    const target = await serve(({ method, url }) => {
      if (url.includes('mount=')) return { status: 202, headers: { location: '/v2/team/copy/blobs/uploads/9' } };
      if (method === 'HEAD') return { status: isThere ? 200 : 404 };
      if (method === 'GET' && url.includes('/blobs/')) return whole;
      if (method === 'PATCH') return { status: 202, headers: { location: url } };
      return url === '/v2/' ? undefined : { status: method === 'PUT' ? 201 : 204 };
    });
    return copy(target.host, target);
  };

  test('that is not mounted, and is there, cancels the upload that was opened', async () => {
    const { error, calls } = await copyWithin(true);

    expect(error).toBeUndefined();
    expect(calls.map((call) => call.split(/[ ?]/)[0])).toEqual(['POST', 'HEAD', 'DELETE']);
  });

  test('that is not mounted is sent by the upload that was opened', async () => {
    const { error, asked, calls } = await copyWithin(false);

    expect(error).toBeUndefined();
    expect(calls.filter((call) => /^(PATCH|DELETE)/.test(call))).toEqual(['PATCH 9']);
    expect(methods(asked, 'POST')).toHaveLength(1);
  });
});

test('a blob that another registry has already costs one call', async () => {
  const target = await serveTarget((method) => (method === 'HEAD' ? { status: 200 } : undefined));

  expect((await copy((await serveSource()).host, target)).calls).toEqual([`HEAD ${BLOB.digest}`]);
});

test('a blob that the source does not have is not asked for again', async () => {
  const source = await serve(() => undefined);

  const { error } = await copy(source.host, await serveTarget());

  expect(error).toMatchObject({ name: 'RegistryError', status: 404 });
  expect(source.asked.filter(({ url }) => url.includes('/blobs/'))).toHaveLength(1);
});

describe('a download that breaks off', () => {
  /** Starts a server that does not mind broken connections. */
  async function listen(answer: RequestListener): Promise<string> {
    const { host, stop } = await startServer(answer);
    servers.push({ close: stop });
    return host;
  }

  /** Sends `size` bytes of what is asked for, then breaks the connection. */
  async function serveBroken(size: number, starts: number[], knowsRanges = true): Promise<string> {
    return listen(({ url, headers }, response) => {
      if (url === '/v2/') return void response.end();
      const start = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
      starts.push(start);
      const first = knowsRanges ? start : 0;
      response.writeHead(first === 0 ? 200 : 206, { 'content-length': BYTES.length - first });
      response.flushHeaders();
      if (start + size >= BYTES.length) response.end(BYTES.subarray(first));
      else response.write(BYTES.subarray(first, start + size), () => setTimeout(() => response.destroy(), 5));
    });
  }

  test.each([
    ['a registry that knows ranges', true],
    ['one that starts over', false],
  ])('after each byte comes whole from %s', async (_, knowsRanges) => {
    const starts: number[] = [];

    const { error, asked } = await copy(await serveBroken(1, starts, knowsRanges), await serveTarget());

    expect(error).toBeUndefined();
    expect(starts).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(methods(asked, 'PATCH').map(({ body }) => String(body))).toEqual([String(BYTES)]);
  });

  test('again and again without a byte ends in an error', async () => {
    const starts: number[] = [];

    const { error } = await copy(await serveBroken(0, starts), await serveTarget());

    expect(error).toBeDefined();
    // Five downloads in each of five uploads.
    expect(starts).toEqual(Array(25).fill(0));
  });

  test('is not resumed when the run has no retries left', async () => {
    const starts: number[] = [];

    const { error } = await copy(await serveBroken(1, starts), await serveTarget(), 3);

    expect(error).toBeDefined();
    expect(starts).toEqual([0, 1, 2, 3]);
  });
});
