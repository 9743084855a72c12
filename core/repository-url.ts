/** Where people see the monorepo in a browser. */
import type { Settings } from './settings';

/** The repository's web address; undefined for one on disk. A host of one's own has its API on the same name as its pages. */
export function repositoryUrl(git: Settings['git']): string | undefined {
  if (git.host === 'local') return undefined;
  const { protocol, host } = new URL(git.apiUrl);
  // Only github.com answers for its API under another name.
  return `${protocol}//${host === 'api.github.com' ? 'github.com' : host}/${git.repository}`;
}
