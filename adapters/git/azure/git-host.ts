/**
 * Azure DevOps as a git host. Contents and commits use git's own protocol, version 0, everything else the API:
 * https://learn.microsoft.com/rest/api/azure/devops/
 */
import * as z from 'zod';
import type { GitHost } from '../../../core/ports/git';
import type { Clock } from '../../../core/ports/store';
import { trimSlashes } from '../../../core/text/clean-path';
import { createGitRest, type GitRest } from '../rest';
import { createWireGitHost, type WireHostOptions } from '../wire/git-host';

export interface AzureOptions {
  /** `organization/project/repository`. On a server of one's own, the organization is the collection. */
  readonly repository: string;
  /** `https://dev.azure.com`. */
  readonly apiUrl: string;
  /** A personal access token with the scope `vso.code_write`; called before every request. */
  readonly token: () => Promise<string>;
  readonly clock: Clock;
}

/** Creates a git host on one repository, without a request. */
export function createAzureHost(options: AzureOptions): GitHost {
  return createWireGitHost(azureWire(options));
}

/** Returns the address of the repository for git's own protocol, and its login. */
export function azureWire(options: AzureOptions): WireHostOptions {
  const { organization, project, name } = partsOf(options.repository);
  const url = `${trimSlashes(options.apiUrl)}/${organization}/${project}/_git/${name}`;
  return { url, authorization: loginOf(options), clock: options.clock, protocol: 0 };
}

/** Creates the client of the repository's API, without a request. */
export function createAzureRest(options: AzureOptions): GitRest {
  const { organization, project, name } = partsOf(options.repository);
  const base = `${trimSlashes(options.apiUrl)}/${organization}/${project}/_apis/git/repositories/${name}`;
  return createGitRest({ base, authorization: loginOf(options), clock: options.clock });
}

/** Creates the client of the project's API, without a request. */
export function createProjectRest(options: AzureOptions): GitRest {
  const { organization, project } = partsOf(options.repository);
  const base = `${trimSlashes(options.apiUrl)}/${organization}/${project}/_apis`;
  return createGitRest({ base, authorization: loginOf(options), clock: options.clock });
}

/** Creates the client of the organization's API, without a request. */
export function createOrganizationRest(options: AzureOptions): GitRest {
  const { organization } = partsOf(options.repository);
  const base = `${trimSlashes(options.apiUrl)}/${organization}/_apis`;
  return createGitRest({ base, authorization: loginOf(options), clock: options.clock });
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
export function readRepository(options: AzureOptions): Promise<AzureRepository> {
  const reads = [Repository, 'the repository cannot be read'] as const;
  return createAzureRest(options)({ method: 'GET', path: `?${VERSION}`, repeatable: true, expect: [200], reads });
}

/** Any user name goes with a token as the password. */
function loginOf({ token }: AzureOptions): () => Promise<string> {
  return async () => `Basic ${Buffer.from(`:${await token()}`).toString('base64')}`;
}

/** Names of projects and repositories may have spaces. */
function partsOf(repository: string) {
  const [organization = '', project = '', name = ''] = repository.split('/').map(encodeURIComponent);
  return { organization, project, name };
}
