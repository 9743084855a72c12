/** Web pages of a repository at its git host. */
import type { RunReport } from '../contract/report';
import { trimSlashes } from '../text/clean-path';
import { codeCommitRegion } from './codecommit';
import { valuesGitOf } from './files/values-repository';
import type { Settings } from './schema';

/** Returns the repository's web address; undefined for one on disk. */
export function repositoryUrl(git: Settings['git']): string | undefined {
  if (git.host === 'local') return undefined;
  if (git.host === 'codecommit') return codeCommitPage(git);
  const [organization = '', project = '', name = ''] = git.repository.split('/').map(encodeURIComponent);
  const paths: Readonly<Partial<Record<typeof git.host, string>>> = {
    'azure-devops': `${organization}/${project}/_git/${name}`,
    'bitbucket-data-center': `projects/${organization}/repos/${project}`,
  };
  return `${pagesOf(git.apiUrl)}/${paths[git.host] ?? git.repository}`;
}

const COMMIT_PAGES = {
  github: 'commit',
  gitlab: '-/commit',
  gitea: 'commit',
  bitbucket: 'commits',
  'bitbucket-data-center': 'commits',
  'azure-devops': 'commit',
  codecommit: 'commit',
} as const;

/** Returns the page of a commit at the git host, or undefined for a repository on disk. */
export function commitLink(git: Settings['git'] | undefined, commit: string): string | undefined {
  if (git === undefined || git.host === 'local' || !/^[0-9a-f]{7,64}$/.test(commit)) return undefined;
  return `${repositoryUrl(git)}/${COMMIT_PAGES[git.host]}/${commit}`;
}

/** Repositories are shown in the console of AWS. */
function codeCommitPage({ repository, apiUrl }: { readonly repository: string; readonly apiUrl: string }): string {
  const region = codeCommitRegion(apiUrl) ?? '';
  const domain = region.startsWith('cn-') ? 'console.amazonaws.cn' : 'console.aws.amazon.com';
  return `https://${region}.${domain}/codesuite/codecommit/repositories/${repository}`;
}

/** Only github.com and bitbucket.org have another host name for their API. A host of one's own has both below one address. */
function pagesOf(apiUrl: string): string {
  const address = trimSlashes(apiUrl).replace(/\/(api\/v\d+|rest)$/, '');
  return address.replace('//api.github.com', '//github.com').replace('//api.bitbucket.org/2.0', '//bitbucket.org');
}

/** Returns the pages of a run's source commit and of its commit of the values files, each at the host of its repository. */
export function commitPages(
  settings: Pick<Settings, 'git' | 'valuesRepository'> | undefined,
  { source, commit }: { readonly source?: string | undefined; readonly commit?: string | null | undefined },
): Pick<RunReport, 'sourcePage' | 'commitPage'> {
  const sourcePage = commitLink(settings?.git, source ?? '');
  const commitPage = commitLink(settings && valuesGitOf(settings), commit ?? '');
  return { ...(sourcePage === undefined ? {} : { sourcePage }), ...(commitPage === undefined ? {} : { commitPage }) };
}
