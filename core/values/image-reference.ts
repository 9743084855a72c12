/** Image references as values files hold them: `repo/name:tag@sha256:...` in one string, or a tag alone. */

/** A reference taken apart: `name` and `tag` and `digest` without their `:` and `@`. `name` is empty for a tag alone. */
export interface ImageReference {
  readonly name: string;
  readonly tag: string;
  readonly digest: string;
}

/** Takes a value apart. `key` is its key in the file: under `image`, a text without `:` and `/` is a name, else it is a tag. */
export function readReference(value: string, key: string): ImageReference {
  const at = value.indexOf('@');
  const digest = at < 0 ? '' : value.slice(at + 1);
  const rest = at < 0 ? value : value.slice(0, at);
  const colon = rest.lastIndexOf(':');
  const hasTag = colon > rest.lastIndexOf('/');
  if (hasTag) return { name: rest.slice(0, colon), tag: rest.slice(colon + 1), digest };
  const isName = rest.includes('/') || (key === 'image' && rest !== '');
  return isName ? { name: rest, tag: '', digest } : { name: '', tag: rest, digest };
}

/** The value with another tag. A digest in it gives way to the new one, or goes: kept, it would win over the tag. */
export function withTag(value: string, key: string, tag: string, digest: string | undefined): string {
  const before = readReference(value, key);
  const pinned = before.digest !== '' && digest !== undefined ? `@${digest}` : '';
  return `${before.name === '' ? '' : `${before.name}:`}${tag}${pinned}`;
}
