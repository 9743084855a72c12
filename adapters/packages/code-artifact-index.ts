/** The package index in AWS: a repository of CodeArtifact, which is read by its API and filled like any Python index. */
import { createHash } from 'node:crypto';
import {
  type CodeartifactClient,
  GetAuthorizationTokenCommand,
  GetRepositoryEndpointCommand,
  ListPackageVersionAssetsCommand,
  ListPackageVersionsCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-codeartifact';
import { normalizedPackage } from '../../core/catalog/grammar';
import { ERROR_NAMES, messageOf, PipelineError } from '../../core/contract/errors';
import { parsePackageFile } from '../../core/modules/package';
import type { PackageFile, PackageIndex, PackageRelease } from '../../core/ports/packages';
import type { Clock } from '../../core/ports/store';
import { whyNotAllowed } from '../http/allowed-address';
import { createHttpClient, type HttpClient } from '../http/http-client';
import { discardBody } from '../http/http-request';

/** A repository, as `PackageIndexName` in the environment has it. */
interface CodeArtifactRepository {
  readonly domain: string;
  readonly repository: string;
}

interface CodeArtifactOptions extends CodeArtifactRepository {
  readonly client: Pick<CodeartifactClient, 'send'>;
  readonly clock: Clock;
  /** Allows an endpoint on this machine, over http. */
  readonly allowLoopback: boolean;
}

const FORMAT = 'pypi';

/** The shortest lifetime of a token in AWS, in seconds. A publish step takes less. */
const TOKEN_SECONDS = 900;

/** Creates access to the index. `find` searches the newest 1,000 versions of a package. */
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
    const problem = whyNotAllowed(url, url.host, { allowLoopback });
    if (problem !== undefined) throw new Error(`the endpoint ${repositoryEndpoint} gets no token: ${problem}`);
    await uploadPackage({ name, version, file }, { url, token: authorizationToken }, http);
  };
  const filesOf = async (name: string, packageVersion: string): Promise<readonly string[]> => {
    const asked = { ...place, format: FORMAT, package: normalizedPackage(name) } as const;
    const { assets = [] } = await client.send(
      new ListPackageVersionAssetsCommand({ ...asked, packageVersion, maxResults: 100 }),
    );
    return assets.flatMap((asset) => asset.name ?? []);
  };
  const find = async (name: string, suffix: string): Promise<PackageRelease | undefined> => {
    const asked = { ...place, format: FORMAT, package: normalizedPackage(name) } as const;
    const newest = { sortBy: 'PUBLISHED_TIME', maxResults: 1000 } as const;
    const { versions = [] } = await client.send(new ListPackageVersionsCommand({ ...asked, ...newest }));
    const version = versions.map((each) => each.version ?? '').find((each) => each.endsWith(suffix));
    if (version === undefined) return undefined;
    return { version, files: await filesOf(name, version) };
  };
  return {
    find: (name, suffix) =>
      explained(`${name} cannot be looked up`, place, () => orUndefined(() => find(name, suffix))),
    files: async (name, version) =>
      (await explained(`${name} cannot be looked up`, place, () => orUndefined(() => filesOf(name, version)))) ?? [],
    add: (name, version, file) =>
      explained(`${file.name} cannot be published`, place, () => upload(file, name, version)),
  };
}

/** An unpublished package is not an error. */
async function orUndefined<Found>(ask: () => Promise<Found>): Promise<Found | undefined> {
  try {
    return await ask();
  } catch (error) {
    // A missing repository or domain has the same error, with another resource type.
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

async function explained<Result>(
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

interface PackageUpload {
  readonly name: string;
  readonly version: string;
  readonly file: PackageFile;
}

/** The address of an index, and the token for it. */
interface UploadAddress {
  readonly url: URL;
  readonly token: string;
}

/** The version of the metadata that a form with these fields has: https://packaging.python.org/en/latest/specifications/core-metadata/ */
const METADATA_VERSION = '2.1';

/**
 * Uploads a file as `twine` does: https://docs.pypi.org/api/upload/. An index keeps an existing file of the same name, so repeating is safe.
 * Throws `HttpError`, which contains neither token nor file.
 */
async function uploadPackage(upload: PackageUpload, { url, token }: UploadAddress, http: HttpClient): Promise<void> {
  // One object gives both the body and the content type, which has the form's boundary.
  const form = new Response(formOf(upload));
  const body = Buffer.from(await form.arrayBuffer());
  await http.exchange(
    {
      method: 'POST',
      url,
      headers: {
        'content-type': form.headers.get('content-type') ?? '',
        authorization: `Basic ${Buffer.from(`aws:${token}`).toString('base64')}`,
      },
      body,
      // CodeArtifact replies 409 for an existing file. Other indexes reply 400, which has other meanings, too.
      expect: [200, 201, 409],
      repeatable: true,
      secrets: [token],
    },
    async (reply) => discardBody(reply),
  );
}

function formOf({ name, version, file }: PackageUpload): FormData {
  const parsed = parsePackageFile(file.name);
  const fields = {
    ':action': 'file_upload',
    protocol_version: '1',
    metadata_version: METADATA_VERSION,
    name,
    version,
    filetype: parsed?.kind === 'wheel' ? 'bdist_wheel' : 'sdist',
    pyversion: parsed?.python ?? 'source',
    sha256_digest: createHash('sha256').update(file.bytes).digest('hex'),
  };
  const form = new FormData();
  for (const [field, value] of Object.entries(fields)) form.append(field, value);
  form.append('content', new Blob([new Uint8Array(file.bytes)], { type: 'application/octet-stream' }), file.name);
  return form;
}
