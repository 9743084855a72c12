/**
 * The grammar of image names: distribution-spec "Pulling manifests" for repository, tag and digest, distribution's
 * reference package for the host part and the total length.
 */

/** A host name or address, with a port if needed; `[::1]:5000` is one. */
const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?$/;
const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const DIGESTS = [/^sha256:[a-f0-9]{64}$/, /^sha512:[a-f0-9]{128}$/];

/** Longest repository name that registries accept, host not counted. */
const LONGEST_REPOSITORY = 255;

/** True for a registry's host, with or without port. */
export function isHost(text: string): boolean {
  return HOST.test(text);
}

/** True for a repository name below a registry: lower case, `/` between its parts. */
export function isRepository(text: string): boolean {
  return text.length <= LONGEST_REPOSITORY && REPOSITORY.test(text);
}

/** True for a tag: at most 128 characters. */
export function isTag(text: string): boolean {
  return TAG.test(text);
}

/** True for a digest that can be checked: sha256 or sha512, in lower case hex. */
export function isDigest(text: string): boolean {
  return DIGESTS.some((digest) => digest.test(text));
}
