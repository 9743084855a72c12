/** A fake of GitHub's token exchange for Apps. It checks the signature and the times. */
import { generateKeyPairSync, type KeyObject, verify } from 'node:crypto';

/** Returns a key pair in GitHub's format: RSA, with the private key as PEM in PKCS #1. */
export function createAppKey(): { readonly privateKey: string; readonly publicKey: KeyObject } {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { privateKey: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(), publicKey };
}

/** One App with one installation on one repository. */
export interface FakeApp {
  readonly appId: number;
  readonly installationId: number;
  readonly publicKey: KeyObject;
  /** The permissions that the owner of the repository granted. */
  readonly granted: Readonly<Record<string, string>>;
  /** ms since 1970. */
  readonly now: () => number;
  /** The token that the exchange returns. */
  readonly token: () => string;
}

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

/** Replies to `POST /app/installations/<id>/access_tokens`. */
export function installationToken(app: FakeApp, path: string, authorization: string, body: string): Reply {
  const problem = jwtProblem(app, authorization.replace(/^Bearer /, ''));
  if (problem !== undefined) return { status: 401, body: { message: problem } };
  if (path !== `/app/installations/${app.installationId}/access_tokens`) {
    return { status: 404, body: { message: 'Not Found' } };
  }
  const { repositories, permissions } = JSON.parse(body) as {
    repositories: string[];
    permissions: Record<string, string>;
  };
  if (repositories.join() !== 'optscale') {
    return { status: 422, body: { message: 'There is at least one repository that does not exist.' } };
  }
  if (Object.entries(permissions).some(([name, level]) => app.granted[name] !== level)) {
    return { status: 422, body: { message: 'The permissions requested are not granted to this installation.' } };
  }
  const expires_at = new Date(app.now() + 3_600_000).toISOString().replace(/\.\d+Z$/, 'Z');
  return {
    status: 201,
    body: { token: app.token(), expires_at, permissions, repository_selection: 'selected' },
  };
}

/** Returns GitHub's error message for the App's token, or undefined if it is valid. */
function jwtProblem(app: FakeApp, jwt: string): string | undefined {
  const [header = '', claims = '', signature = ''] = jwt.split('.');
  const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString('utf8') || '{}');
  const isSigned = verify(
    'sha256',
    Buffer.from(`${header}.${claims}`),
    app.publicKey,
    Buffer.from(signature, 'base64url'),
  );
  if (!isSigned || read(header).alg !== 'RS256') return 'A JSON web token could not be decoded';
  const { iat, exp, iss } = read(claims);
  const now = Math.floor(app.now() / 1000);
  if (iss !== String(app.appId)) return 'Integration not found';
  if (iat > now)
    return "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued";
  if (exp < now || exp > now + 600) return "'Expiration time' claim ('exp') is too far in the future";
  return undefined;
}
