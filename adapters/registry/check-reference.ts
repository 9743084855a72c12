/** Checks image names before they become part of a path, so that none leads anywhere else. */
import { createHash } from 'node:crypto';
import { InvalidInputError, type Problem } from '../../core/contract/errors';
import { isDigest, isHost, isRepository, isTag } from '../../core/image/reference';
import type { RepositoryName } from '../../core/ports/registry';

/** Throws `InvalidInput` with all problems if host, repository or reference (a tag or digest) is against the grammar. */
export function checkReference(name: RepositoryName, reference: string): void {
  const problems = nameProblems(name);
  if (!isTag(reference) && !isDigest(reference)) {
    const length = reference.length > 128 ? ` (${reference.length} characters)` : '';
    const message = `'${clip(reference)}'${length} is no tag or digest; use at most 128 letters, digits and . _ -`;
    problems.push({ path: 'reference', message });
  }
  refuse(problems);
}

/** As `checkReference`, for a repository without a reference. */
export function checkRepository(name: RepositoryName): void {
  refuse(nameProblems(name));
}

function nameProblems({ host, repository }: RepositoryName): Problem[] {
  const problems: Problem[] = [];
  if (!isHost(host)) problems.push({ path: 'host', message: `'${clip(host)}' is no host name` });
  if (!isRepository(repository)) {
    const message = `'${clip(repository)}' is no repository; use lower case letters, digits and . _ - / between them`;
    problems.push({ path: 'repository', message });
  }
  return problems;
}

function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new InvalidInputError('the image name is invalid', problems);
}

function clip(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}

/** Returns the image as people write it: `host/repository:tag` or `host/repository@digest`. */
export function printName({ host, repository }: RepositoryName, reference: string): string {
  return `${host}/${repository}${isDigest(reference) ? '@' : ':'}${reference}`;
}

/** Returns the digest of the bytes (OCI image-spec, "Digests"), by the algorithm of `like`: sha256 or sha512. */
export function digestOf(bytes: Uint8Array, like = 'sha256:'): string {
  const algorithm = like.startsWith('sha512:') ? 'sha512' : 'sha256';
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}
