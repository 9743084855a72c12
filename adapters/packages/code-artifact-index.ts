/** A package index in AWS: a repository of CodeArtifact, which is read by its API and filled like any index of that kind. */
import {
  type CodeartifactClient,
  GetAuthorizationTokenCommand,
  GetRepositoryEndpointCommand,
  ListPackageVersionAssetsCommand,
  ListPackageVersionsCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-codeartifact';
import { PACKAGE_NAMES } from '../../core/catalog/package-names';
import { ERROR_NAMES, messageOf, PipelineError } from '../../core/contract/errors';
import type { IndexedKind } from '../../core/contract/job';
import type { PackageFile, PackageIndex, PackageRelease } from '../../core/ports/packages';
import type { Clock } from '../../core/ports/store';
import { whyNotAllowed } from '../http/allowed-address';
import { createHttpClient, type HttpClient } from '../http/http-client';
import { uploadToMaven } from './maven-upload';
import { uploadToNpm } from './npm-upload';
import type { PackageUpload, UploadAddress } from './package-upload';
import { uploadToPython } from './python-upload';

/** `domain` and `repository` are as `PackageIndexName` in the environment has them. */
interface CodeArtifactOptions {
  readonly domain: string;
  readonly repository: string;
  readonly kind: IndexedKind;
  readonly client: Pick<CodeartifactClient, 'send'>;
  readonly clock: Clock;
  /** Allows an endpoint on this machine, over http. */
  readonly allowLoopback: boolean;
}

/** The protocol of a kind of packages. */
interface PackageFormat {
  readonly format: 'pypi' | 'npm' | 'maven';
  /** Uploads a file as the tool of this kind does. Throws `HttpError`, which contains neither token nor file. */
  readonly upload: (upload: PackageUpload, address: UploadAddress, http: HttpClient) => Promise<void>;
}

const FORMATS: Readonly<Record<IndexedKind, PackageFormat>> = {
  python: { format: 'pypi', upload: uploadToPython },
  npm: { format: 'npm', upload: uploadToNpm },
  maven: { format: 'maven', upload: uploadToMaven },
};

/** The shortest lifetime of a token in AWS, in seconds. A publish step takes less. */
const TOKEN_SECONDS = 900;

/** Creates access to the index. `find` searches the newest 1,000 versions of a package. */
export function createCodeArtifactIndex(options: CodeArtifactOptions): PackageIndex {
  const { kind, client, domain, repository, clock, allowLoopback } = options;
  const place = { domain, repository };
  const { format, upload: send } = FORMATS[kind];
  /** A scope of npm and a group of Maven are namespaces. */
  const packageOf = (name: string) => {
    const [, scope, group, own = ''] = /^(?:@([^/]+)\/|([^:]+):)?(.*)$/.exec(PACKAGE_NAMES[kind].known(name)) ?? [];
    const namespace = scope ?? group;
    return { ...place, format, package: own, ...(namespace === undefined ? {} : { namespace }) } as const;
  };
  const http = createHttpClient({ errorName: ERROR_NAMES.packageIndex, clock, random: Math.random, allowLoopback });
  const upload = async (file: PackageFile, name: string, version: string) => {
    const [{ authorizationToken }, { repositoryEndpoint }] = await Promise.all([
      client.send(new GetAuthorizationTokenCommand({ domain, durationSeconds: TOKEN_SECONDS })),
      client.send(new GetRepositoryEndpointCommand({ ...place, format })),
    ]);
    if (authorizationToken === undefined || repositoryEndpoint === undefined) {
      throw new Error('CodeArtifact gave no token or no endpoint');
    }
    const url = new URL(repositoryEndpoint);
    const problem = whyNotAllowed(url, url.host, { allowLoopback });
    if (problem !== undefined) throw new Error(`the endpoint ${repositoryEndpoint} gets no token: ${problem}`);
    await send({ name, version, file, latest: () => latestOf(name) }, { url, token: authorizationToken }, http);
  };
  const isUnfinished = async (name: string, version: string): Promise<boolean> => {
    const asked = { ...packageOf(name), status: 'Unfinished', maxResults: 1000 } as const;
    const { versions = [] } = await client.send(new ListPackageVersionsCommand(asked));
    return versions.some((each) => each.version === version);
  };
  const filesOf = async (name: string, packageVersion: string): Promise<readonly string[]> => {
    const asked = { ...packageOf(name), packageVersion, maxResults: 100 };
    const { assets = [] } = await client.send(new ListPackageVersionAssetsCommand(asked));
    const names = assets.flatMap((asset) => asset.name ?? []);
    // Without its POM, an unfinished version is no whole release, so that a run adds what is missing.
    return kind === 'maven' && (await isUnfinished(name, packageVersion))
      ? names.filter((each) => !each.endsWith('.pom'))
      : names;
  };
  /** Of npm, `defaultDisplayVersion` is the version with the tag `latest` (ListPackageVersions in CodeArtifact's API reference). */
  const latestOf = async (name: string) => {
    const listed = await orUndefined(client.send(new ListPackageVersionsCommand(packageOf(name))));
    return listed?.defaultDisplayVersion;
  };
  const find = async (name: string, suffix: string): Promise<PackageRelease | undefined> => {
    const newest = { sortBy: 'PUBLISHED_TIME', maxResults: 1000 } as const;
    const { versions = [] } = await client.send(new ListPackageVersionsCommand({ ...packageOf(name), ...newest }));
    const version = versions.map((each) => each.version ?? '').find((each) => each.endsWith(suffix));
    if (version === undefined) return undefined;
    return { version, files: await filesOf(name, version) };
  };
  const explained = <Result>(what: string, result: Promise<Result>) =>
    result.catch((error: unknown) => {
      const message = `${what} in CodeArtifact, domain ${domain}, repository ${repository}: ${messageOf(error)}`;
      throw new PipelineError(ERROR_NAMES.packageIndex, message, { cause: error });
    });
  return {
    find: (name, suffix) => explained(`${name} cannot be looked up`, orUndefined(find(name, suffix))),
    files: async (name, version) =>
      (await explained(`${name} cannot be looked up`, orUndefined(filesOf(name, version)))) ?? [],
    add: (name, version, file) => explained(`${file.name} cannot be published`, upload(file, name, version)),
  };
}

/** An unpublished package is not an error. A missing repository or domain has the same error, with another resource type. */
function orUndefined<Found>(found: Promise<Found>): Promise<Found | undefined> {
  return found.catch((error: unknown) => {
    const isPackage =
      error instanceof ResourceNotFoundException && !['repository', 'domain'].includes(error.resourceType ?? '');
    if (isPackage) return undefined;
    throw error;
  });
}
