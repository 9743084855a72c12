/** The package index in AWS: a repository of CodeArtifact. Asked by its API, filled as every Python index is. */
import {
  type CodeartifactClient,
  GetAuthorizationTokenCommand,
  GetRepositoryEndpointCommand,
  ListPackageVersionAssetsCommand,
  ListPackageVersionsCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-codeartifact';
import { ERROR_NAMES } from '../../core/contract';
import { messageOf, PipelineError } from '../../core/errors';
import { normalizedPackage } from '../../core/modules/package-version';
import type { Clock, PackageIndex, PackageRelease } from '../../core/ports';
import { whyNotAllowed } from '../http/allowed-address';
import { createHttpClient } from '../http/http-client';
import { uploadPackage } from './upload-package';

/** A repository by its names, as `PackageIndexName` in the environment has it. */
export interface CodeArtifactRepository {
  readonly domain: string;
  readonly repository: string;
}

export interface CodeArtifactOptions extends CodeArtifactRepository {
  readonly client: Pick<CodeartifactClient, 'send'>;
  readonly clock: Clock;
  /** Allows an endpoint on this machine, over http. */
  readonly allowLoopback: boolean;
}

const FORMAT = 'pypi';
/** The shortest that AWS gives, in seconds. A publish step takes less. */
const TOKEN_SECONDS = 900;

/** The index. `find` looks through the newest 1,000 versions of a package, published by whomever. */
export function createCodeArtifactIndex(options: CodeArtifactOptions): PackageIndex {
  const { client, domain, repository, clock, allowLoopback } = options;
  const place = { domain, repository };
  const http = createHttpClient({ errorName: ERROR_NAMES.packageIndex, clock, random: Math.random, allowLoopback });
  const upload = async (file: Parameters<PackageIndex['add']>[2], name: string, version: string) => {
    const [{ authorizationToken }, { repositoryEndpoint }] = await Promise.all([
      client.send(new GetAuthorizationTokenCommand({ domain, durationSeconds: TOKEN_SECONDS })),
      client.send(new GetRepositoryEndpointCommand({ ...place, format: FORMAT })),
    ]);
    if (authorizationToken === undefined || repositoryEndpoint === undefined) {
      throw new Error('CodeArtifact gave no token or no endpoint');
    }
    const url = new URL(repositoryEndpoint);
    const problem = whyNotAllowed(url, url.host, allowLoopback);
    if (problem !== undefined) throw new Error(`the endpoint ${repositoryEndpoint} gets no token: ${problem}`);
    await uploadPackage({ name, version, file }, { url, token: authorizationToken }, http);
  };
  const find = async (name: string, suffix: string): Promise<PackageRelease | undefined> => {
    const asked = { ...place, format: FORMAT, package: normalizedPackage(name) } as const;
    const newest = { sortBy: 'PUBLISHED_TIME', maxResults: 1000 } as const;
    const { versions = [] } = await client.send(new ListPackageVersionsCommand({ ...asked, ...newest }));
    const version = versions.map((each) => each.version ?? '').find((each) => each.endsWith(suffix));
    if (version === undefined) return undefined;
    const { assets = [] } = await client.send(
      new ListPackageVersionAssetsCommand({ ...asked, packageVersion: version, maxResults: 100 }),
    );
    return { version, files: assets.flatMap((asset) => asset.name ?? []) };
  };
  return {
    find: (name, suffix) => told(`${name} cannot be looked up`, place, () => foundOrNot(() => find(name, suffix))),
    add: (name, version, file) => told(`${file.name} cannot be published`, place, () => upload(file, name, version)),
  };
}

/** A package that was never published is unknown. */
async function foundOrNot(ask: () => Promise<PackageRelease | undefined>): Promise<PackageRelease | undefined> {
  try {
    return await ask();
  } catch (error) {
    // A repository or domain that is not there is not told apart by its type, but by what it says it is about.
    if (
      error instanceof ResourceNotFoundException &&
      error.resourceType !== 'repository' &&
      error.resourceType !== 'domain'
    ) {
      return undefined;
    }
    throw error;
  }
}

async function told<Result>(
  what: string,
  { domain, repository }: CodeArtifactRepository,
  ask: () => Promise<Result>,
): Promise<Result> {
  try {
    return await ask();
  } catch (error) {
    const message = `${what} in CodeArtifact, domain ${domain}, repository ${repository}: ${messageOf(error)}`;
    throw new PipelineError(ERROR_NAMES.packageIndex, message, { cause: error });
  }
}
