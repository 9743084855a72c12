/** Names are checked before they become part of a path, so that none can lead anywhere else. */
import { InvalidInputError, type Problem } from '../../core/errors';
import { isDigest, isHost, isRepository, isTag } from '../../core/image/grammar';
import type { RepositoryName } from '../../core/ports';

/** Throws `InvalidInput` with all problems if host, repository or reference (a tag or digest) is against the grammar. */
export function checkReference(name: RepositoryName, reference: string): void {
  const problems = nameProblems(name);
  if (!isTag(reference) && !isDigest(reference)) {
    const length = reference.length > 128 ? ` (${reference.length} characters)` : '';
    const message = `'${short(reference)}'${length} is no tag or digest; use at most 128 letters, digits and . _ -`;
    problems.push({ path: 'reference', message });
  }
  refuse(problems);
}

/** As `checkReference`, for a repository as a whole. */
export function checkRepository(name: RepositoryName): void {
  refuse(nameProblems(name));
}

function nameProblems({ host, repository }: RepositoryName): Problem[] {
  const problems: Problem[] = [];
  if (!isHost(host)) problems.push({ path: 'host', message: `'${short(host)}' is no host name` });
  if (!isRepository(repository)) {
    const message = `'${short(repository)}' is no repository; use lower case letters, digits and . _ - / between them`;
    problems.push({ path: 'repository', message });
  }
  return problems;
}

function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new InvalidInputError('the image cannot be named so', problems);
}

function short(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}
