/** Credentials in URLs: none is printed, however it was written. */
import fc from 'fast-check';
import { redact, redactUrl } from '../../../core/text/redact';

test.each([
  ['https://user:password@host/x', 'https://***@host/x'],
  ['https://user:p@ssw0rd@host/x', 'https://***@host/x'],
  ['https://user:p@ss/w0rd@host:8443/x', 'https://***@host:8443/x'],
  ['https://user:p/ss?w#rd@host', 'https://***@host'],
  ['https://user:"quoted\'@host', 'https://***@host'],
  ['https://token@host', 'https://***@host'],
  ['https://:password@[::1]:5000/x', 'https://***@[::1]:5000/x'],
  ['ssh://git@host/team/repo', 'ssh://***@host/team/repo'],
  ['two: https://a:b@host and http://c:d@host.', 'two: https://***@host and http://***@host.'],
  [
    'https://host/x?access_token=abc&page=2&X-Amz-Signature=def',
    'https://host/x?access_token=***&page=2&X-Amz-Signature=***',
  ],
])('%s is printed as %s', (text, printed) => {
  expect(redact(text)).toBe(printed);
});

test.each([
  'https://host:8080/@scope/package@1.0',
  'https://[::1]/a@b',
  'git@host:team/repo',
  'me@example.com',
  'a://b',
  '',
])('%j has no credentials and stays as it is', (text) => {
  expect(redact(text)).toBe(text);
});

test('no password is printed, whatever characters it has', () => {
  const password = fc.stringMatching(/^[!-;=?-~]{6,20}$/).map((text) => `swordfish${text}`);
  fc.assert(
    fc.property(password, (secret) => {
      expect(redact(`fatal: https://user:${secret}@host.example/x failed`)).not.toContain('swordfish');
    }),
  );
});

test('a URL is printed without user, password, signature and fragment', () => {
  const url = new URL(
    'https://me:swordfish@example.com/v2/a?scope=repository:a:pull&X-Amz-Signature=abc&_state=x#token',
  );

  expect(redactUrl(url)).toBe('https://example.com/v2/a?scope=repository%3Aa%3Apull&X-Amz-Signature=***&_state=***');
});
