/** Image references as people write them (`restapi:v1.4.0`, `ghcr.io/acme/restapi@sha256:...`), with what they leave out. */
import { InvalidInputError } from '../errors';
import { isDigest, isHost, isRepository, isTag } from './grammar';

/** Where Docker clients look if a reference names no host. */
export const DOCKER_HUB = 'docker.io';
const DOCKER_HUB_NAMES = [DOCKER_HUB, 'index.docker.io', 'registry-1.docker.io'];

/** One image. `host` may have a port; Docker Hub is always `docker.io`, with `library/` before its official images. */
export interface ImageReference {
  readonly host: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
}

/** Reads `[host/]repository[:tag][@digest]`. Throws `InvalidInput` that says which part is wrong. */
export function parseReference(text: string): ImageReference {
  const at = text.indexOf('@');
  const digest = at < 0 ? undefined : text.slice(at + 1);
  const beforeDigest = at < 0 ? text : text.slice(0, at);
  const colon = beforeDigest.lastIndexOf(':');
  const hasTag = colon > beforeDigest.lastIndexOf('/') && !beforeDigest.endsWith(']');
  const tag = hasTag ? beforeDigest.slice(colon + 1) : undefined;
  const { host, repository } = splitName(hasTag ? beforeDigest.slice(0, colon) : beforeDigest);

  const problems = [
    isHost(host) ? undefined : `'${host}' is no host name`,
    isRepository(repository)
      ? undefined
      : `'${repository}' is no repository; use lower case letters, digits and . _ - / between them`,
    tag === undefined || isTag(tag) ? undefined : `'${tag}' is no tag; use at most 128 letters, digits and . _ -`,
    digest === undefined || isDigest(digest) ? undefined : `'${digest}' is no digest; use sha256: and 64 hex digits`,
  ].filter((problem) => problem !== undefined);
  if (problems.length > 0) {
    const path = text.length > 80 ? `${text.slice(0, 80)}...` : text;
    throw new InvalidInputError(
      'the image reference cannot be used',
      problems.map((message) => ({ path, message })),
    );
  }
  return {
    host,
    repository,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** The reference in full, host included; `parseReference` gives it back. */
export function printReference({ host, repository, tag, digest }: ImageReference): string {
  return `${host}/${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

/** A first part is a host if it could not be a Docker Hub namespace: it has a dot or a port, or is `localhost`. */
function splitName(name: string): { readonly host: string; readonly repository: string } {
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  if (!/[.:]/.test(first) && first !== 'localhost') return dockerHub(name);
  if (DOCKER_HUB_NAMES.includes(first)) return dockerHub(name.slice(slash + 1));
  return { host: first, repository: name.slice(slash + 1) };
}

function dockerHub(repository: string): { readonly host: string; readonly repository: string } {
  return { host: DOCKER_HUB, repository: repository.includes('/') ? repository : `library/${repository}` };
}
