/**
 * The embedded registry's files: content once by digest, and for each repository links to the content that it serves. Names below
 * `repositories` that begin with `_` cannot collide, since no part of a repository name does.
 */
import { join } from 'node:path';

export type DiskLayout = ReturnType<typeof diskLayout>;

/** Returns the layout below a folder. All names must have passed the grammar of `core/image`. */
export function diskLayout(directory: string) {
  const repositories = join(directory, 'repositories');
  const of = (repository: string) => join(repositories, ...repository.split('/'));
  const path = (digest: string) => digest.replace(':', '/');
  return {
    repositories,
    uploads: join(directory, 'uploads'),
    upload: (id: string) => join(directory, 'uploads', id),
    blob: (digest: string) => {
      const [algorithm = '', hex = ''] = digest.split(':');
      return join(directory, 'blobs', algorithm, hex.slice(0, 2), hex);
    },
    layerLink: (repository: string, digest: string) => join(of(repository), '_layers', path(digest)),
    /** Contains the manifest's media type. */
    manifestLink: (repository: string, digest: string) => join(of(repository), '_manifests', path(digest)),
    tags: (repository: string) => join(of(repository), '_tags'),
    /** Contains the digest. */
    tagLink: (repository: string, tag: string) => join(of(repository), '_tags', tag, 'link'),
    referrers: (repository: string, subject: string) => join(of(repository), '_referrers', path(subject)),
  };
}
