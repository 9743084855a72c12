/** What a token allows (distribution's "token scope documentation"). */

/** May read the repository. */
export function pull(repository: string): string {
  return `repository:${repository}:pull`;
}

/** May read and write the repository. */
export function push(repository: string): string {
  return `repository:${repository}:pull,push`;
}
