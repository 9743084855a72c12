/** Addresses to which a server may redirect the client. */
import { isLoopback, whyNotAllowed } from '../../../adapters/http/allowed-address';

describe('addresses to which a server may redirect the client', () => {
  const internal = [
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '169.254.170.2',
    '100.64.0.1',
    '0.0.0.0',
    '[fe80::1]',
    '[fd00:ec2::254]',
    '[::]',
    '[::ffff:169.254.169.254]',
    '2852039166', // 169.254.169.254 as one number
    '0xa9fea9fe',
    '0251.0376.0251.0376',
  ];
  test.each(internal)('https://%s is refused, also in local mode', (host) => {
    const url = new URL(`https://${host}/`);

    expect(whyNotAllowed(url, 'registry.example', { allowLoopback: false })).toBe(
      'it is a private or link-local address',
    );
    expect(whyNotAllowed(url, 'registry.example', { allowLoopback: true })).toBe(
      'it is a private or link-local address',
    );
  });

  const own = [
    '127.0.0.1',
    '127.1.2.3',
    'localhost',
    'registry.localhost',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '0x7f000001',
  ];
  test.each(own)('%s is this machine, allowed in local mode only', (host) => {
    const url = new URL(`http://${host}:5000/`);

    expect(isLoopback(url.hostname)).toBe(true);
    expect(whyNotAllowed(url, 'registry.example', { allowLoopback: false })).toBe('it is an address of this machine');
    expect(whyNotAllowed(url, 'registry.example', { allowLoopback: true })).toBeUndefined();
  });

  test.each(['localhost.evil.example', 'localhostess.example', 'notlocalhost', '128.0.0.1', '[::2]'])(
    '%s is not this machine',
    (host) => {
      expect(isLoopback(host)).toBe(false);
    },
  );

  test('public hosts are allowed over https only', () => {
    expect(whyNotAllowed(new URL('https://ghcr.io/token'), 'ghcr.io', { allowLoopback: false })).toBeUndefined();
    expect(whyNotAllowed(new URL('https://8.8.8.8/'), 'ghcr.io', { allowLoopback: false })).toBeUndefined();
    expect(whyNotAllowed(new URL('http://ghcr.io/token'), 'ghcr.io', { allowLoopback: true })).toMatch('is not https');
    expect(whyNotAllowed(new URL('ftp://ghcr.io/token'), 'ghcr.io', { allowLoopback: false })).toMatch('is not https');
  });

  test('hosts that the user allows without TLS are allowed over http, and no others', () => {
    const rules = { allowLoopback: false, plainHttp: ['registry.lan:5000', '10.0.0.5'] };

    expect(whyNotAllowed(new URL('http://registry.lan:5000/token'), 'ghcr.io', rules)).toBeUndefined();
    expect(whyNotAllowed(new URL('https://10.0.0.5/token'), 'ghcr.io', rules)).toBeUndefined();
    expect(whyNotAllowed(new URL('http://registry.lan/token'), 'ghcr.io', rules)).toMatch('is not https');
    expect(whyNotAllowed(new URL('ftp://registry.lan:5000/token'), 'ghcr.io', rules)).toMatch('is not https');
    expect(whyNotAllowed(new URL('ftp://127.0.0.1/token'), 'ghcr.io', { allowLoopback: true })).toMatch(
      'is not supported',
    );
  });

  test('a private address is allowed if the user named it', () => {
    expect(
      whyNotAllowed(new URL('https://10.0.0.5:5000/token'), '10.0.0.5:5000', { allowLoopback: false }),
    ).toBeUndefined();
    expect(
      whyNotAllowed(new URL('https://10.0.0.5:6000/token'), '10.0.0.5:5000', { allowLoopback: false }),
    ).toBeDefined();
  });
});
