/** Names of images as `FROM` and `--from` write them. */

/** Without tag and digest: `registry:5000/team/app:1@sha256:...` -> `registry:5000/team/app`. */
export function repositoryOf(image: string): string {
  const [name = ''] = image.split('@');
  const colon = name.lastIndexOf(':');
  return colon > name.lastIndexOf('/') ? name.slice(0, colon) : name;
}

/** True if the name fixes the content by a digest. */
export function isPinned(image: string): boolean {
  return /@sha256:[0-9a-f]{64}$/.test(image);
}

/** The tag, or undefined if none is written. */
export function tagOf(image: string): string | undefined {
  const [name = ''] = image.split('@');
  const repository = repositoryOf(image);
  return name.length > repository.length ? name.slice(repository.length + 1) : undefined;
}
