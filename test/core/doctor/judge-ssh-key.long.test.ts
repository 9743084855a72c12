/** Keys are made by the real ssh-keygen, so that its formats are those of today. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sshKeyProblem } from '../../../core/doctor/judge-ssh-key';

const folder = mkdtempSync(join(tmpdir(), 'judge-ssh-key-'));
afterAll(() => rmSync(folder, { recursive: true }));

function made(name: string, passphrase: string, ...options: readonly string[]): string {
  const file = join(folder, name);
  execFileSync('ssh-keygen', ['-q', '-N', passphrase, '-f', file, ...options]);
  return readFileSync(file, 'utf8');
}

const FORMATS: readonly (readonly [string, ...string[]])[] = [
  ['OpenSSH', '-t', 'ed25519'],
  ['PEM', '-t', 'ecdsa', '-m', 'PEM'],
  ['PKCS 8', '-t', 'rsa', '-b', '2048', '-m', 'PKCS8'],
];

test.each(FORMATS)('a key in the format of %s is fine, and one with a passphrase is not', (format, ...options) => {
  expect(sshKeyProblem(made(format, '', ...options))).toBeUndefined();
  expect(sshKeyProblem(made(`${format} closed`, 'passphrase', ...options))).toBe(
    'has a passphrase, which no job can enter',
  );
});

test('anything else is no private key', () => {
  const whole = made('whole', '', '-t', 'ed25519');
  const wrong = 'is no private key in the format of OpenSSH or PEM';
  for (const text of [
    '',
    'token',
    readFileSync(join(folder, 'whole.pub'), 'utf8'),
    whole.replaceAll('\n', ' '),
    whole.slice(0, 100),
  ]) {
    expect(sshKeyProblem(text)).toBe(wrong);
  }
});

test('line ends of Windows and a missing last line end do not matter', () => {
  const whole = made('windows', '', '-t', 'ed25519');
  expect(sshKeyProblem(whole.trimEnd())).toBeUndefined();
});
