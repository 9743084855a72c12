/** Reading and discarding the bodies of replies. */
import { Readable } from 'node:stream';
import { HttpError } from '../../../adapters/http/http-error';
import { discardBody, readAtMost, readBytes, readJson } from '../../../adapters/http/http-request';
import { ERROR_NAMES } from '../../../core/contract/errors';
import { madeReply } from '../../support/http/made-reply';

describe('reading a body', () => {
  const chunks = (...sizes: readonly number[]) => Readable.from(sizes.map((size) => Buffer.alloc(size, 'x')));

  test('stops at the limit and does not ask for the next chunk', async () => {
    let asked = 0;
    const endless = new Readable({
      highWaterMark: 1,
      read() {
        asked += 1;
        this.push(Buffer.alloc(10));
      },
    });

    expect(await readAtMost(madeReply(200, endless), 25)).toEqual({ bytes: Buffer.alloc(25), whole: false });
    expect(asked).toBeLessThan(6);
    expect(endless.destroyed).toBe(true);
  });

  test.each([
    [[10, 15], true],
    [[25], true],
    [[10, 16], false],
    [[], true],
  ] as const)('of chunks of %j bytes with a limit of 25: whole is %s', async (sizes, whole) => {
    const { bytes, ...rest } = await readAtMost(madeReply(200, chunks(...sizes)), 25);

    expect(rest).toEqual({ whole });
    expect(bytes).toHaveLength(
      Math.min(
        25,
        sizes.reduce((sum: number, size) => sum + size, 0),
      ),
    );
  });

  test('a body above the limit is an error that names the limit', async () => {
    await expect(readBytes(madeReply(200, 'x'.repeat(26)), 25)).rejects.toMatchObject({
      name: 'UnusableReplyError',
      code: 'TOO_LARGE',
      message: 'the reply is larger than 25 bytes',
    });
  });

  test.each(['4', '6'])('a body of 5 bytes that was announced with %s is broken', async (length) => {
    await expect(readBytes(madeReply(200, 'hello', { 'content-length': length }), 25)).rejects.toMatchObject({
      name: 'BrokenReplyError',
      message: `the reply ended after 5 of ${length} bytes`,
    });
  });

  test('the announced length counts only without compression, since it is that of the compressed bytes', async () => {
    const headers = { 'content-length': '25' };

    expect(await readBytes(madeReply(200, 'hello', { ...headers, 'content-encoding': 'gzip' }), 25)).toHaveLength(5);
    expect(await readBytes(madeReply(200, 'hello', { 'content-length': '5' }), 25)).toHaveLength(5);
  });

  test('a body that is not JSON is an error that names its type, at most 80 characters of it', async () => {
    const read = (headers: Readonly<Record<string, string>>) => readJson(madeReply(200, '<p>', headers), 25);

    await expect(read({})).rejects.toThrow('the server did not answer with JSON (no content type)');
    await expect(read({ 'content-type': 'x'.repeat(200) })).rejects.toThrow(`(${'x'.repeat(80)})`);
    expect(await readJson(madeReply(200, '{"a":[1]}'), 25)).toEqual({ a: [1] });
  });
});

describe('a body that is not needed', () => {
  const discarded = (headers: Readonly<Record<string, string>>) => {
    const body = new Readable({ read: () => undefined });
    discardBody(madeReply(200, body, headers));
    return body.destroyed ? 'cut off' : body.readableFlowing ? 'read' : 'left';
  };

  test('is read to its end if it has at most 64 KiB, so that the connection can be used again', () => {
    expect(discarded({})).toBe('read');
    expect(discarded({ 'content-length': '0' })).toBe('read');
    expect(discarded({ 'content-length': String(64 * 1024) })).toBe('read');
  });

  test('is cut off if it is larger', () => {
    expect(discarded({ 'content-length': String(64 * 1024 + 1) })).toBe('cut off');
  });
});

describe('an error', () => {
  const failure = { method: 'GET', url: 'https://registry.example/', message: 'no reply' };

  test('prints status and code if there are any', () => {
    const printed = (more: object) => new HttpError(ERROR_NAMES.registry, { ...failure, ...more }).message;

    expect(printed({})).toBe('GET https://registry.example/: no reply');
    expect(printed({ status: 500 })).toBe('GET https://registry.example/: 500: no reply');
    expect(printed({ code: 'EPIPE' })).toBe('GET https://registry.example/: EPIPE: no reply');
  });

  test('is final unless it is marked as retryable', () => {
    expect(new HttpError(ERROR_NAMES.registry, failure).isRetryable).toBe(false);
    expect(new HttpError(ERROR_NAMES.registry, { ...failure, isRetryable: true }).isRetryable).toBe(true);
  });

  test('keeps all facts and its cause when advice is added', () => {
    const cause = new Error('reset');
    const facts = { ...failure, status: 503, code: 'BUSY', isRetryable: true };

    const advised = new HttpError(ERROR_NAMES.gitHost, facts, { cause }).withAdvice('try again later');

    expect(advised).toMatchObject({ name: ERROR_NAMES.gitHost, status: 503, code: 'BUSY', isRetryable: true, cause });
    expect(advised.message).toBe('GET https://registry.example/: 503 BUSY: no reply; try again later');
  });
});
