/** AWS CodeCommit as a git host: git's own protocol, version 0, with logins that are signed by AWS credentials. */
import { createHash, createHmac } from 'node:crypto';
import type { GitHost } from '../../../core/ports/git';
import type { Clock } from '../../../core/ports/store';
import { codeCommitRegion } from '../../../core/settings/codecommit';
import { trimSlashes } from '../../../core/text/clean-path';
import { createWireGitHost, type WireHostOptions } from '../wire/git-host';

/** AWS credentials, as the SDK resolves them. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

export interface CodeCommitOptions {
  /** The name of the repository. */
  readonly repository: string;
  /** `https://git-codecommit.<region>.amazonaws.com`. */
  readonly apiUrl: string;
  readonly clock: Clock;
}

/** Creates a git host on one repository, without a request. `credentials` is called before every request. */
export function createCodeCommitHost(
  options: CodeCommitOptions,
  credentials: () => Promise<AwsCredentials> = () => ownCredentials(regionOf(options.apiUrl)),
): GitHost {
  return createWireGitHost(codeCommitWire(options, credentials));
}

/** Returns the address of the repository for git's own protocol, and its login. */
export function codeCommitWire(
  { repository, apiUrl, clock }: CodeCommitOptions,
  credentials: () => Promise<AwsCredentials> = () => ownCredentials(regionOf(apiUrl)),
): WireHostOptions {
  const url = new URL(`${trimSlashes(apiUrl)}/v1/repos/${repository}`);
  const authorization = async () => {
    const request = { url, region: regionOf(apiUrl), now: clock.now() };
    return `Basic ${Buffer.from(codeCommitLogin(await credentials(), request)).toString('base64')}`;
  };
  return { url: url.href, authorization, clock, protocol: 0 };
}

/** Returns the region in the address of CodeCommit; `us-east-1` for any other address. */
export function regionOf(apiUrl: string): string {
  return codeCommitRegion(apiUrl) ?? 'us-east-1';
}

/** The credentials of the function's role, or of a person's shell. */
async function ownCredentials(region: string): Promise<AwsCredentials> {
  const { CodeCommitClient } = await import('@aws-sdk/client-codecommit');
  return new CodeCommitClient({ region }).config.credentials();
}

/**
 * Returns user name and password with a colon between them, as `git-remote-codecommit` of AWS makes them: the password is a time and a
 * Signature Version 4 of it. `now` is in ms since 1970.
 */
export function codeCommitLogin(
  { accessKeyId, secretAccessKey, sessionToken }: AwsCredentials,
  { url, region, now }: { readonly url: URL; readonly region: string; readonly now: number },
): string {
  const time = new Date(now).toISOString().replace(/[-:]|\.\d+Z$/g, '');
  const date = time.slice(0, 8);
  const canonical = `GIT\n${url.pathname}\n\nhost:${url.host}\n\nhost\n`;
  const scope = [date, region, 'codecommit', 'aws4_request'];
  const text = ['AWS4-HMAC-SHA256', time, scope.join('/'), createHash('sha256').update(canonical).digest('hex')].join(
    '\n',
  );
  const key = scope.reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${secretAccessKey}`);
  const user = sessionToken === undefined ? accessKeyId : `${accessKeyId}%${sessionToken}`;
  return `${user}:${time}Z${hmac(key, text).toString('hex')}`;
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
