/**
 * The embedded registry's files: content once by digest, and for each repository links to the content that it serves. Names below
 * `repositories` that begin with `_` cannot collide, since no part of a repository name does.
 */
import { join } from 'node:path';

export interface DiskLayout {
  blob(digest: string): string;
  upload(id: string): string;
  uploads: string;
  repositories: string;
  layerLink(repository: string, digest: string): string;
  /** Contains the manifest's media type. */
  manifestLink(repository: string, digest: string): string;
  tags(repository: string): string;
  /** Contains the digest. */
  tagLink(repository: string, tag: string): string;
  referrers(repository: string, subject: string): string;
}

/** Returns the layout below a folder. All names must have passed the grammar of `core/image`. */
export function diskLayout(directory: string): DiskLayout {
  const repositories = join(directory, 'repositories');
  const of = (repository: string) => join(repositories, ...repository.split('/'));
  const path = (digest: string) => digest.replace(':', '/');
  return {
    repositories,
    uploads: join(directory, 'uploads'),
    upload: (id) => join(directory, 'uploads', id),
    blob: (digest) => {
      const [algorithm = '', hex = ''] = digest.split(':');
      return join(directory, 'blobs', algorithm, hex.slice(0, 2), hex);
    },
    layerLink: (repository, digest) => join(of(repository), '_layers', path(digest)),
    manifestLink: (repository, digest) => join(of(repository), '_manifests', path(digest)),
    tags: (repository) => join(of(repository), '_tags'),
    tagLink: (repository, tag) => join(of(repository), '_tags', tag, 'link'),
    referrers: (repository, subject) => join(of(repository), '_referrers', path(subject)),
  };
}
