/**
 * Azure DevOps as a git host. Contents and commits use git's own protocol, version 0, everything else the API:
 * https://learn.microsoft.com/rest/api/azure/devops/
 */
import * as z from 'zod';
import type { GitHost } from '../../../core/ports/git';
import { trimSlashes } from '../../../core/text/clean-path';
import { createGitRest, createHostHttp, type GitRest, type HostOptions, json } from '../rest';
import { createWireGitHost, type WireHostOptions } from '../wire/git-host';

/** Creates a git host on one repository, without a request. */
export function createAzureHost(options: HostOptions): GitHost {
  return createWireGitHost(azureWire(options));
}

/** Returns the address of the repository for git's own protocol, and its login. */
export function azureWire(options: HostOptions): WireHostOptions {
  const { organization, project, name } = partsOf(options.repository);
  const url = `${trimSlashes(options.apiUrl)}/${organization}/${project}/_git/${name}`;
  return { url, authorization: loginOf(options), clock: options.clock, protocol: 0 };
}

/** Creates the client of the repository's API, without a request. */
export function createAzureRest(options: HostOptions): GitRest {
  const { organization, project, name } = partsOf(options.repository);
  return openRest(options, `${organization}/${project}/_apis/git/repositories/${name}`);
}

/** Creates the client of the project's API, without a request. */
export function createProjectRest(options: HostOptions): GitRest {
  const { organization, project } = partsOf(options.repository);
  return openRest(options, `${organization}/${project}/_apis`);
}

/** Creates the client of the organization's API, without a request. */
export function createOrganizationRest(options: HostOptions): GitRest {
  return openRest(options, `${partsOf(options.repository).organization}/_apis`);
}

function openRest(options: HostOptions, path: string): GitRest {
  const base = `${trimSlashes(options.apiUrl)}/${path}`;
  return createGitRest({ base, authorization: loginOf(options), http: createHostHttp(base, options.clock) });
}

/** The version of the API, which every request has to name. */
export const VERSION = 'api-version=7.1';

const Repository = z.object({
  id: z.string(),
  name: z.string(),
  isDisabled: z.boolean().optional(),
  project: z.object({ id: z.string(), name: z.string() }),
});

/** A repository with the ids of itself and of its project. */
export type AzureRepository = z.infer<typeof Repository>;

/** Reads the repository. Throws `GitHostError`. */
export function readRepository(options: HostOptions): Promise<AzureRepository> {
  const read = json(Repository, 'the repository cannot be read');
  return createAzureRest(options)({ path: `?${VERSION}`, read });
}

/** Any user name goes with a token as the password. */
function loginOf({ token }: HostOptions): () => Promise<string> {
  return async () => `Basic ${Buffer.from(`:${await token()}`).toString('base64')}`;
}

/** Names of projects and repositories may have spaces. */
function partsOf(repository: string) {
  const [organization = '', project = '', name = ''] = repository.split('/').map(encodeURIComponent);
  return { organization, project, name };
}
