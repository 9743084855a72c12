/** The guard of servers on loopback: pages in a browser cannot reach them. */
import { refuseForeignRequest } from '../../../local/runtime/loopback';

test.each([
  ['127.0.0.1:5000', undefined],
  ['localhost:5000', undefined],
  ['LOCALHOST', undefined],
  ['[::1]:5000', undefined],
  ['localhost:5000', 'http://localhost:5000'],
])('a request to %s from origin %s is served', (host, origin) => {
  expect(refuseForeignRequest({ headers: { host, ...(origin === undefined ? {} : { origin }) } })).toBeUndefined();
});

test.each([
  'evil.example',
  'evil.example:5000',
  '127.0.0.1.evil.example',
  'localhost@evil.example',
  '127.0.0.2',
  '',
  'x\n127.0.0.1',
])('a request to host %j is refused: a name that somebody else resolves to this machine', (host) => {
  expect(refuseForeignRequest({ headers: { host } })).toMatch('this host is not served');
  expect(refuseForeignRequest({ headers: { host, origin: `http://${host}` } })).toMatch('this host is not served');
});

test.each([
  'https://evil.example',
  'null',
  'http://localhost:3000',
  'https://localhost:5000',
  'http://127.0.0.1:5000',
  '',
])('a request of a page from origin %j is refused', (origin) => {
  expect(refuseForeignRequest({ headers: { host: 'localhost:5000', origin } })).toMatch('another origin');
});

test('a request without a host is refused', () => {
  expect(refuseForeignRequest({ headers: {} })).toMatch('this host is not served');
});
