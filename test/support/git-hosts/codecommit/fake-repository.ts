/** A repository on a fake of CodeCommit: a real git server with signed logins, and the API with pull requests. */
import { type AwsCredentials, codeCommitLogin, codeCommitWire } from '../../../../adapters/git/codecommit/git-host';
import { startGitHttpServer } from '../../git/git-http-server';
import type { TestRepository } from '../../git/git-repository';
import { createStillClock } from '../../pipeline/memory-state';
import { createFakePulls } from '../pulls/fake-pulls';
import { CODECOMMIT_REPOSITORY, startFakeCodeCommit } from './fake-codecommit';

const CREDENTIALS: AwsCredentials = { accessKeyId: 'access', secretAccessKey: 'secret', sessionToken: 'token' };

/** Returns true for a login of the last quarter of an hour that the credentials signed for this address. */
function isSigned(authorization: string | undefined, host: string | undefined): boolean {
  const [, encoded = ''] = /^Basic (.+)$/.exec(authorization ?? '') ?? [];
  const login = Buffer.from(encoded, 'base64').toString();
  const [, ...parts] = /:(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z[0-9a-f]{64}$/.exec(login)?.map(Number) ?? [];
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  const now = Date.UTC(year, month - 1, day, hour, minute, second);
  const url = new URL(`http://${host}/v1/repos/${CODECOMMIT_REPOSITORY}`);
  return (
    Math.abs(Date.now() - now) < 900_000 && login === codeCommitLogin(CREDENTIALS, { url, region: 'us-east-1', now })
  );
}

/** Starts both servers for the repository `monorepo`. */
export async function startCodeCommitRepository(repository: TestRepository) {
  const pulls = createFakePulls(repository);
  const fake = await startFakeCodeCommit(3, pulls);
  const server = await startGitHttpServer({
    repository: repository.path,
    path: `v1/repos/${CODECOMMIT_REPOSITORY}`,
    authorization: isSigned,
    hasFilters: false,
    protocol: 0,
    other: (_, response) => response.writeHead(404).end(),
  });
  const clock = { ...createStillClock(), now: () => Date.now() };
  const options = { repository: CODECOMMIT_REPOSITORY, apiUrl: server.url, clock };
  const credentials = async () => CREDENTIALS;
  const stop = async () => {
    await Promise.all([server.stop(), fake.stop()]);
  };
  return { options, credentials, wire: codeCommitWire(options, credentials), fake, pulls, stop };
}
