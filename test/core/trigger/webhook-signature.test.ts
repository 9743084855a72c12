import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { hasHubSignature } from '../../../core/trigger/webhook-signature';

const SECRET = "It's a Secret to Everybody";
const BODY = Buffer.from('Hello, World!');
const DIGEST = '757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';

test('accepts the vector that GitHub publishes', () => {
  expect(hasHubSignature(BODY, `sha256=${DIGEST}`, [SECRET])).toBe(true);
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
])('refuses the header %p without an error', (header) => {
  expect(hasHubSignature(BODY, header?.slice(0, 200_000), [SECRET])).toBe(false);
});

test('accepts each of several secrets and never an empty one', () => {
  const signedWithNothing = createHmac('sha256', '').update(BODY).digest('hex');

  expect(hasHubSignature(BODY, `sha256=${DIGEST}`, ['other', SECRET])).toBe(true);
  expect(hasHubSignature(BODY, `sha256=${DIGEST}`, ['other'])).toBe(false);
  expect(hasHubSignature(BODY, `sha256=${DIGEST}`, [])).toBe(false);
  expect(hasHubSignature(BODY, `sha256=${signedWithNothing}`, [''])).toBe(false);
});

test('accepts exactly the bytes that were signed, whatever they are', () => {
  const bytes = fc.uint8Array({ minLength: 1 });
  fc.assert(
    fc.property(bytes, bytes, fc.string({ minLength: 1 }), (body, other, secret) => {
      const header = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
      expect(hasHubSignature(body, header, [secret])).toBe(true);
      expect(hasHubSignature(other, header, [secret])).toBe(Buffer.compare(body, other) === 0);
      expect(hasHubSignature(body, header, [`${secret}x`])).toBe(false);
    }),
  );
});
