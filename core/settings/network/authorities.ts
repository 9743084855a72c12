/** Checks a file of private certificate authorities: certificates in PEM, all valid now, and nothing secret. */
import { X509Certificate } from 'node:crypto';

/** The file that functions and builds get. */
export const AUTHORITIES_FILE = 'authorities.pem';

/** One authority of a file. */
export interface Authority {
  /** Its distinguished name in one line: `O=Team, CN=Team CA`. */
  readonly name: string;
  /** The end of its validity, in ms since 1970. */
  readonly ends: number;
}

/** The authorities of a file, and the reasons not to use it, as ends of a sentence that begins with the file's path. */
export interface ReadAuthorities {
  readonly authorities: readonly Authority[];
  readonly problems: readonly string[];
}

/** A certificate of RFC 7468. OpenSSL writes the other label, too. */
const CERTIFICATES =
  /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[\s\S]*?-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g;

/** Reads the text of a PEM file. `now` is in ms since 1970. No problem quotes the file. */
export function readAuthorities(pem: string, now: number): ReadAuthorities {
  const blocks = pem.match(CERTIFICATES) ?? [];
  const read = blocks.map((block, index) => readAuthority(block, `certificate ${index + 1}`, now));
  return {
    authorities: read.flatMap(({ authority }) => authority ?? []),
    problems: [
      ...(/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/.test(pem) ? [PRIVATE_KEY] : []),
      ...(blocks.length === 0 ? [NO_CERTIFICATE] : []),
      ...read.flatMap(({ problem }) => problem ?? []),
    ],
  };
}

const PRIVATE_KEY =
  'holds a private key, and every function and build would get it; leave certificates only, and replace that key';

const NO_CERTIFICATE =
  'holds no certificate in PEM, which begins with -----BEGIN CERTIFICATE-----; convert one: openssl x509 -inform der -in FILE -out FILE.pem';

function readAuthority(
  block: string,
  which: string,
  now: number,
): { readonly authority?: Authority; readonly problem?: string } {
  const certificate = parse(block);
  if (certificate === undefined) return { problem: `has a ${which} that cannot be read; export it again` };
  const { subject, issuer, validFrom, validTo, ca } = certificate;
  const name = subject.split('\n').reverse().join(', ');
  const authority = { name, ends: Date.parse(validTo) };
  const day = (time: string) => new Date(time).toISOString().slice(0, 10);
  const refused = (why: string) => ({ authority, problem: `has the ${which} ${name}, which ${why}` });
  if (authority.ends <= now) return refused(`ended on ${day(validTo)}; replace it, or leave it out`);
  if (Date.parse(validFrom) > now) return refused(`begins on ${day(validFrom)}; leave it out until then`);
  // A server that signed its own certificate is its own authority.
  if (ca || subject === issuer) return { authority };
  const signer = issuer.split('\n').reverse().join(', ');
  return refused(`is that of a server; write that of its authority, ${signer}`);
}

function parse(block: string): X509Certificate | undefined {
  try {
    return new X509Certificate(block);
  } catch {
    return undefined;
  }
}
