import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { readAuthorities } from '../../../../core/settings/network/authorities';
import { runs } from '../../../support/property-runs';

const fixture = (file: string) => readFileSync(join(__dirname, '../../../fixtures/tls', file), 'utf8');
const CA = fixture('team-ca.cert.pem');
const SERVER = fixture('team-server.cert.pem');
const NOW = Date.parse('2026-12-01T00:00:00Z');
const CENTURY = 100 * 366 * 86_400_000;

const problemsOf = (text: string, now = NOW) => readAuthorities(text, now).problems;

test('authorities are named, with the end of their validity, whatever is written between them', () => {
  const { authorities, problems } = readAuthorities(
    `# of the team\n${CA}\nsubject=x\n${CA.replaceAll('\n', '\r\n')}`,
    NOW,
  );
  expect(problems).toEqual([]);
  expect(authorities.map(({ name }) => name)).toEqual(['O=Team, CN=Team CA', 'O=Team, CN=Team CA']);
  expect(authorities[0]?.ends).toBeGreaterThan(NOW + CENTURY / 2);
});

test('a server that signed its own certificate is its own authority', () => {
  expect(problemsOf(fixture('localhost.cert.pem'))).toEqual([]);
});

test.each<[string, string, number, RegExp]>([
  ['that ended', CA, NOW + CENTURY, /certificate 1 O=Team, CN=Team CA, which ended on \d{4}-\d\d-\d\d; replace it/],
  ['that has not begun', CA, Date.parse('2019-12-31'), /which begins on 2020-01-01; leave it out until then/],
  ['of a server', SERVER, NOW, /which is that of a server; write that of its authority, O=Team, CN=Team CA$/],
  ['that is broken', CA.replace(/\n[^\n]{20}/, '\n!'), NOW, /has a certificate 1 that cannot be read/],
])('a certificate %s is a problem', (_, text, now, message) => {
  expect(problemsOf(text, now)).toEqual([expect.stringMatching(message)]);
});

test('a file without a certificate says how to convert one', () => {
  expect(problemsOf('')).toEqual([expect.stringContaining('openssl x509 -inform der')]);
});

test('a private key is a problem, and nothing of it is shown', () => {
  const key = fixture('team-server.key.pem');
  const [problem = '', ...others] = problemsOf(CA + key);
  expect(others).toEqual([]);
  expect(problem).toContain('holds a private key');
  for (const line of key.split('\n').filter((text) => text.length > 30)) expect(problem).not.toContain(line);
});

test('all problems are found at once, in the order of the certificates', () => {
  expect(problemsOf(SERVER + CA, NOW + CENTURY).map((text) => text.slice(0, 21))).toEqual([
    'has the certificate 1',
    'has the certificate 2',
  ]);
});

test('any other text is refused and never thrown on', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const wrapped = `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----`;
      expect(problemsOf(text).length).toBeGreaterThan(0);
      expect(problemsOf(wrapped).length).toBeGreaterThan(0);
    }),
    { numRuns: runs(200) },
  );
});
