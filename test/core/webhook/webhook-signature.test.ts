import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import {
  hasHubSignature,
  hasStandardSignature,
  isSigningToken,
  isToken,
  signingTokenProblem,
} from '../../../core/webhook/signature';

const SECRET = "It's a Secret to Everybody";
const BODY = Buffer.from('Hello, World!');
const DIGEST = '757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';

test('the test vector of GitHub is accepted', async () => {
  expect(await hasHubSignature(BODY, `sha256=${DIGEST}`, [SECRET])).toBe(true);
});

test.each([
  undefined,
  '',
  DIGEST,
  `sha1=${DIGEST}`,
  `SHA256=${DIGEST}`,
  `sha256=${DIGEST.toUpperCase()}`,
  `sha256=${DIGEST.slice(1)}`,
  `sha256=${DIGEST}0`,
  `sha256=${DIGEST}\n`,
  ` sha256=${DIGEST}`,
  `sha256=${DIGEST},sha256=${DIGEST}`,
  `sha256=${'z'.repeat(64)}`,
  'sha256=',
  `sha256=${'x'.repeat(100_000)}`,
])('the header %p is refused without an error', async (header) => {
  expect(await hasHubSignature(BODY, header?.slice(0, 200_000), [SECRET])).toBe(false);
});

test('a signature with any of several secrets is accepted, but never with an empty one', async () => {
  const signedWithNothing = createHmac('sha256', '').update(BODY).digest('hex');

  expect(await hasHubSignature(BODY, `sha256=${DIGEST}`, ['other', SECRET])).toBe(true);
  expect(await hasHubSignature(BODY, `sha256=${DIGEST}`, ['other'])).toBe(false);
  expect(await hasHubSignature(BODY, `sha256=${DIGEST}`, [])).toBe(false);
  expect(await hasHubSignature(BODY, `sha256=${signedWithNothing}`, [''])).toBe(false);
});

test('a signature is valid for the signed bytes only', async () => {
  const bytes = fc.uint8Array({ minLength: 1 });
  await fc.assert(
    fc.asyncProperty(bytes, bytes, fc.string({ minLength: 1 }), async (body, other, secret) => {
      const header = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
      expect(await hasHubSignature(body, header, [secret])).toBe(true);
      expect(await hasHubSignature(other, header, [secret])).toBe(Buffer.compare(body, other) === 0);
      expect(await hasHubSignature(body, header, [`${secret}x`])).toBe(false);
    }),
  );
});

describe('a signature of Standard Webhooks', () => {
  /** The test vector of the specification's libraries. */
  const TOKEN = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const PAYLOAD = Buffer.from('{"test": 2432232314}');
  const SIGNATURE = {
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    timestamp: '1614265330',
    signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  };
  const SENT = 1_614_265_330_000;

  test('is accepted within five minutes of its timestamp', async () => {
    const at = (offset: number) => hasStandardSignature(PAYLOAD, SIGNATURE, [TOKEN], SENT + offset);

    expect(await Promise.all([-300_000, 0, 300_000].map(at))).toEqual([true, true, true]);
    expect(await Promise.all([-300_001, 300_001].map(at))).toEqual([false, false]);
  });

  test('is accepted with any of several secrets, but never with an empty or malformed one', async () => {
    const by = (...secrets: string[]) => hasStandardSignature(PAYLOAD, SIGNATURE, secrets, SENT);

    expect(await by('whsec_AAAA', TOKEN)).toBe(true);
    expect(await by(`${TOKEN}\n`)).toBe(true);
    expect(await by('', 'whsec_', 'whsec_*', 'whsec_AAAA')).toBe(false);
    expect(await by()).toBe(false);
  });

  test.each(['', '01614265330', 'x1614265330', '1614265330x', ' 1614265330', '1614265330000000'])(
    'with the timestamp %p is refused, even if it was signed',
    async (timestamp) => {
      // Bytes that are not UTF-8 are signed as they are, with the timestamp's own text.
      const body = Buffer.from([0xff]);
      const key = Buffer.from(TOKEN.slice('whsec_'.length), 'base64');
      const right = createHmac('sha256', key).update(`id.${timestamp}.`).update(body).digest('base64');
      expect(await hasStandardSignature(body, { id: 'id', timestamp, signature: `v1,${right}` }, [TOKEN], SENT)).toBe(
        false,
      );
    },
  );

  test('is found among others in the first thousand characters of the header', async () => {
    const behind = (length: number) => `${'x'.repeat(length)} ${SIGNATURE.signature}`;
    const by = (signature: string | undefined) =>
      hasStandardSignature(PAYLOAD, { ...SIGNATURE, signature }, [TOKEN], SENT);

    expect(await by(behind(1000 - 1 - SIGNATURE.signature.length))).toBe(true);
    expect(await by(behind(1000 - SIGNATURE.signature.length))).toBe(false);
    expect(await by(undefined)).toBe(false);
    expect(await by(`${SIGNATURE.signature}0`)).toBe(false);
    expect(await by(`v1a,${SIGNATURE.signature}`)).toBe(false);
  });

  test('is valid for the signed bytes only', async () => {
    const bytes = fc.uint8Array();
    const key = Buffer.from(TOKEN.slice('whsec_'.length), 'base64');
    await fc.assert(
      fc.asyncProperty(bytes, bytes, async (body, other) => {
        const right = createHmac('sha256', key).update(`id.1614265330.`).update(body).digest('base64');
        const given = { ...SIGNATURE, id: 'id', signature: `v1,${right}` };
        expect(await hasStandardSignature(body, given, [TOKEN], SENT)).toBe(true);
        expect(await hasStandardSignature(other, given, [TOKEN], SENT)).toBe(Buffer.compare(body, other) === 0);
      }),
    );
  });
});

test('a token must equal one whole secret and must not be empty', async () => {
  expect(await isToken('b', ['a', 'b'])).toBe(true);
  expect(await isToken('b', ['a', 'bb'])).toBe(false);
  expect(await isToken('', [''])).toBe(false);
  expect(await isToken(undefined, ['a'])).toBe(false);
});

test('a signing token has its prefix and 32 bytes in base64', () => {
  const bytes = (length: number) => Buffer.alloc(length, 7).toString('base64');

  expect(isSigningToken('whsec_x')).toBe(true);
  expect(isSigningToken('xwhsec_')).toBe(false);
  expect(signingTokenProblem(`whsec_${bytes(32)}`)).toBeUndefined();
  for (const encoded of [
    bytes(31),
    bytes(33),
    `${bytes(32)}\n`,
    bytes(32).replace('=', ''),
    '',
    bytes(32).replace('B', '*'),
  ]) {
    expect(signingTokenProblem(`whsec_${encoded}`)).toMatch(/^begins with whsec_, but .*whsec_ and 32 bytes in base64/);
  }
});
