/** A certificate authority that OpenSSL makes for a test, and a server's certificate that it signs. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Paths of PEM files. */
export interface PrivateAuthority {
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
  remove(): void;
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** Makes both, for a server at `localhost` and an address. Requires the program `openssl`. */
export function makePrivateAuthority(address = '127.0.0.1'): PrivateAuthority {
  const folder = mkdtempSync(join(tmpdir(), 'authority-'));
  const file = (name: string) => join(folder, name);
  const openssl = (...args: readonly string[]) => execFileSync('openssl', [...args], { stdio: 'pipe' });
  const paths = { authority: file('ca.pem'), certificate: file('server.pem'), key: file('server.key') };
  const days = ['-days', '2'];
  writeFileSync(file('server.ext'), `subjectAltName=DNS:localhost,IP:${address}\nbasicConstraints=CA:FALSE\n`);
  const ca = ['-subj', '/O=Test/CN=Test CA', '-keyout', file('ca.key'), '-out', paths.authority];
  openssl('req', '-x509', ...NEW_KEY, ...days, ...ca);
  openssl('req', ...NEW_KEY, '-subj', '/CN=localhost', '-keyout', paths.key, '-out', file('server.csr'));
  const signer = ['-CA', paths.authority, '-CAkey', file('ca.key'), '-CAcreateserial'];
  const request = ['-in', file('server.csr'), '-extfile', file('server.ext'), '-out', paths.certificate];
  openssl('x509', '-req', ...signer, ...days, ...request);
  return { ...paths, remove: () => rmSync(folder, { recursive: true }) };
}
