/** Judges the text of a private key for an ssh agent. */

const PEM = /^-----BEGIN ((?:[A-Z]+ )*PRIVATE KEY)-----\r?\n([\s\S]*?)-----END \1-----\s*$/;

/** The beginning of a key in OpenSSH's own format (PROTOCOL.key of OpenSSH). The name of the cipher follows, with its length in four bytes. */
const MAGIC = 'openssh-key-v1\0';

/** Returns why an agent cannot use the text, as the end of a sentence that never repeats it; undefined if it can. */
export function sshKeyProblem(text: string): string | undefined {
  const [, label, body = ''] = PEM.exec(text) ?? [];
  if (label === undefined) return 'is no private key in the format of OpenSSH or PEM';
  return hasPassphrase(label, body) ? 'has a passphrase, which no job can enter' : undefined;
}

function hasPassphrase(label: string, body: string): boolean {
  if (label.startsWith('ENCRYPTED') || /^Proc-Type: 4,ENCRYPTED/m.test(body)) return true;
  if (label !== 'OPENSSH PRIVATE KEY') return false;
  const bytes = Buffer.from(body, 'base64').toString('latin1');
  return bytes.startsWith(MAGIC) && !bytes.startsWith(`${MAGIC}\0\0\0\x04none`);
}
