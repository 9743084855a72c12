/** Asks a server for its certificate, and judges it by other authorities than those of this process. */
import { type ConnectionOptions, connect } from 'node:tls';

/** A certificate that the authorities have not signed. */
export interface UntrustedServer {
  /** The code of OpenSSL: `UNABLE_TO_VERIFY_LEAF_SIGNATURE`. */
  readonly code: string;
  /** The common name of the authority that signed it, as the certificate says; its organization without one. */
  readonly issuer: string;
}

/** Time for connection and handshake, in ms. */
const ANSWER_WITHIN = 5_000;

/**
 * Returns why the server is not trusted. Undefined if it is, or if it does not answer by TLS within 5 s, which other requests report. `authorities`
 * are all in PEM. Nothing is sent beside the handshake.
 */
export function whyUntrusted(
  { hostname, port }: Pick<URL, 'hostname' | 'port'>,
  authorities: readonly string[],
): Promise<UntrustedServer | undefined> {
  const host = hostname.replace(/^\[|\]$/g, '');
  // Judged below. The connection ends before any request.
  const options: ConnectionOptions = {
    host,
    port: Number(port || 443),
    ca: [...authorities],
    rejectUnauthorized: false,
  };
  return new Promise((resolve) => {
    const socket = connect(/^[\d.:]+$/.test(host) ? options : { ...options, servername: host });
    const end = (result: UntrustedServer | undefined) => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(ANSWER_WITHIN, () => end(undefined));
    socket.once('error', () => end(undefined));
    socket.once('secureConnect', () => {
      if (socket.authorized) return end(undefined);
      const { issuer } = socket.getPeerCertificate();
      // Node's types say Error; the documentation of `tlsSocket.authorizationError` says a reason, which is a code.
      const error: unknown = socket.authorizationError;
      const code = typeof error === 'string' ? error : ((Object(error) as { readonly code?: string }).code ?? '');
      end({ code, issuer: String(issuer?.CN ?? issuer?.O ?? 'an unknown authority') });
    });
  });
}
