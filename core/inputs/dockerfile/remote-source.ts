/** Tells the sources of `ADD` that Docker fetches from elsewhere from paths of the build context. */

const SCP_STYLE = /^[a-zA-Z0-9-_]+@[a-zA-Z0-9-.]+:/;

/** True for URLs and git repositories. `github.com/owner/name` without a scheme is a path, as in Docker. */
export function isRemoteSource(source: string): boolean {
  if (source.startsWith('http://') || source.startsWith('https://')) return true;
  return isGitSource(source);
}

/** True for git repositories: by their protocol, in scp form, or as a URL whose path ends with `.git`. */
export function isGitSource(source: string): boolean {
  const scheme = /^([a-zA-Z0-9]+):\/\//.exec(source)?.[1]?.toLowerCase();
  if (scheme === undefined) return SCP_STYLE.test(source);
  if (scheme === 'git' || scheme === 'ssh') return true;
  return (scheme === 'http' || scheme === 'https') && /^[^?#]*\.git(?:[?#]|$)/.test(source);
}
