/** Image references as people write them (`restapi:v1.4.0`, `ghcr.io/acme/restapi@sha256:...`), completed with Docker's defaults. */
import { InvalidInputError } from '../contract/errors';

/** The registry of references without a host. */
export const DOCKER_HUB = 'docker.io';

/** Names of Docker Hub in Docker clients. */
export const DOCKER_HUB_NAMES = [DOCKER_HUB, 'index.docker.io', 'registry-1.docker.io'];

/** Returns the host as in image names: each name of Docker Hub is `docker.io`. */
export function canonicalHost(host: string): string {
  return DOCKER_HUB_NAMES.includes(host) ? DOCKER_HUB : host;
}

/** One image. `host` may have a port. Docker Hub is always `docker.io`, with `library/` before its official images. */
export interface ImageReference {
  readonly host: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
}

/** Parses `[host/]repository[:tag][@digest]`. Throws `InvalidInput` with every part that is wrong. */
export function parseReference(text: string): ImageReference {
  const at = text.indexOf('@');
  const digest = at < 0 ? undefined : text.slice(at + 1);
  const beforeDigest = at < 0 ? text : text.slice(0, at);
  const colon = beforeDigest.lastIndexOf(':');
  const hasTag = colon > beforeDigest.lastIndexOf('/') && !beforeDigest.endsWith(']');
  const tag = hasTag ? beforeDigest.slice(colon + 1) : undefined;
  const { host, repository } = splitName(hasTag ? beforeDigest.slice(0, colon) : beforeDigest);

  const problems = [
    isHost(host) ? undefined : `'${host}' is not a host name`,
    isRepository(repository)
      ? undefined
      : `'${repository}' is not a repository; use lower case letters and digits, with . _ - / between them`,
    tag === undefined || isTag(tag) ? undefined : `'${tag}' is not a tag; use at most 128 letters, digits and . _ -`,
    digest === undefined || isDigest(digest) ? undefined : `'${digest}' is not a digest; use sha256: and 64 hex digits`,
  ].filter((problem) => problem !== undefined);
  if (problems.length > 0) {
    const path = text.length > 80 ? `${text.slice(0, 80)}...` : text;
    throw new InvalidInputError(
      'the image reference is not valid',
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

/** Prints the reference in full, with its host. `parseReference` reads it back. */
export function printReference({ host, repository, tag, digest }: ImageReference): string {
  return `${host}/${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

/** A first part with a dot or a port, or `localhost`, is a host; any other is a namespace of Docker Hub. */
function splitName(name: string): { readonly host: string; readonly repository: string } {
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  if (!/[.:]/.test(first) && first !== 'localhost') return dockerHub(name);
  if (canonicalHost(first) === DOCKER_HUB) return dockerHub(name.slice(slash + 1));
  return { host: first, repository: name.slice(slash + 1) };
}

function dockerHub(repository: string): { readonly host: string; readonly repository: string } {
  return { host: DOCKER_HUB, repository: repository.includes('/') ? repository : `library/${repository}` };
}

/** A host name or address with an optional port, such as `[::1]:5000`; as in distribution's reference package. */
const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?$/;

/** Repository, tag and digest as in the OCI distribution specification, "Pulling manifests". */
const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;

const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

const DIGESTS = [/^sha256:[a-f0-9]{64}$/, /^sha512:[a-f0-9]{128}$/];

/** The longest repository name that registries accept, without the host. */
const LONGEST_REPOSITORY = 255;

/** Returns true for the host of a registry, with or without a port. */
export function isHost(text: string): boolean {
  return HOST.test(text);
}

/** Returns true for the name of a repository: lower case, `/` between its parts. */
export function isRepository(text: string): boolean {
  return text.length <= LONGEST_REPOSITORY && REPOSITORY.test(text);
}

/** Returns true for a tag of at most 128 characters. */
export function isTag(text: string): boolean {
  return TAG.test(text);
}

/** Returns true for a digest by SHA-256 or SHA-512, in lower case hex. */
export function isDigest(text: string): boolean {
  return DIGESTS.some((digest) => digest.test(text));
}
