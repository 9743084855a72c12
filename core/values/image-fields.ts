/** The fields by which values files name an image: tag, repository, whole reference, digest. Finds them and writes them in their form. */
import { isMap } from 'yaml';
import { currentValue, type Leaf } from './scan-leaves';
import { findPath, isLeaf, type Missing, type ResolvedPath, type ValuesIndex } from './values-index';
import { childKey, type PathStep, parentKey } from './values-path';

/** A field that holds a tag, a whole image reference, or a digest alone. */
export interface ImageField {
  readonly at: ResolvedPath;
  readonly leaf: Leaf;
}

/** Finds the field that a path names. A map stands for its `tag` or `newTag`, or for its `digest` if it has no tag. */
export function findImageField(path: string, index: ValuesIndex): ImageField | Missing {
  const found = findPath(path, index);
  if ('missing' in found) return found;
  const paths = index.paths[found.document];
  const children = ['tag', 'newTag', 'digest'].map((name) => paths?.get(childKey(found.key, name)));
  const [field] = [found, ...children].flatMap((at) => (at === undefined ? [] : asField(at)));
  if (field === undefined) return { missing: `is a ${isMap(found.target) ? 'map' : 'list'}, not a tag`, near: found };
  const missing = whyNoImage(field, paths?.get(parentKey(field.at.key))?.names ?? []);
  return missing === undefined ? field : { missing, near: field.at };
}

/** Returns the field of a path that leads to a single value; none for a map or a list. */
export function asField(at: ResolvedPath): readonly ImageField[] {
  return isLeaf(at.target) ? [{ at, leaf: at.target }] : [];
}

/** The reason why a field cannot get a tag or a digest; undefined if it can. `names` are those of its map. */
function whyNoImage({ leaf }: ImageField, names: readonly string[]): string | undefined {
  const { key } = leaf;
  const value = currentValue(leaf);
  const shown = `'${value.slice(0, 80)}'`;
  const siblings = names.filter((name) => name !== key);
  const isName =
    /^(image_?)?(repository|repo)$|^(new|image)Name$/i.test(key) || (key === 'name' && siblings.some(isImageField));
  const better = siblings.find((name) => /^(new|image_?)?tag$/i.test(name) || (isName && name === 'digest'));
  const notTag = `is ${shown}, which is not an image tag${better === undefined ? '' : `; name the path of '${better}' instead`}`;
  const isSetting = /registry$|secrets?$/i.test(key) && siblings.some(isImageField);
  if (isBoolean(leaf) || isSetting || /^(Always|IfNotPresent|Never)$/.test(value)) return notTag;
  if (isDigestName(key)) {
    if (isDigest(value) ? isWritable(value) : value === '' && /digest$/i.test(key)) return undefined;
    return `is ${value === '' ? 'empty' : shown}, so it is not clear how the chart writes a digest; write a SHA-256 digest there once`;
  }
  if ((better === undefined && !isName) || isTagName(key)) return undefined;
  const { tag, digest } = readReference(value, 'image');
  const hasImage = tag !== '' || digest !== '';
  return hasImage && !(isName && better !== undefined) ? undefined : notTag;
}

function isImageField(name: string): boolean {
  return /^(image|repository|registry|(new|image_?)?tag|digest|newName)$/i.test(name);
}

/** Returns true for a value such as that of `useDigest`. */
export function isBoolean({ scalar }: Leaf): boolean {
  return typeof scalar.value === 'boolean';
}

const DIGEST_WORDS = new Set('digest digests sha shas sha256 sha512 shasum sha256sum 256 512'.split(' '));

const TAG_WORDS = new Set(['tag', 'tags', 'version', 'versions', 'ref', 'reference', 'revision']);

/** Words that do not tell one image from another. */
const NEUTRAL_WORDS = new Set(
  'image images img container docker oci new name repository repo value index manifest list full override default generic resolved pin pinned hash checksum'.split(
    ' ',
  ),
);

/** Returns the words of a key in lower case: `imageSHA256`, `image_sha256` and `image-sha256` have two. */
export function wordsOf(name: string): readonly string[] {
  const words = name.replace(/SHA(?=\d|$|[^a-z])/g, '-sha').match(/[A-Z]*[a-z]+\d*|[A-Z]+\d*|\d+/g);
  return (words ?? []).map((word) => word.toLowerCase());
}

/** Returns true for a key that says that its value is a digest: `digest`, `sha`, `imageDigest`, `api_sha256`. */
export function isDigestName(name: string): boolean {
  const mayBe = /digest|sha/i.test(name);
  return mayBe && wordsOf(name).some((word) => DIGEST_WORDS.has(word) || word.endsWith('digest'));
}

/** Returns true for a key that says that its value is a tag: `tag`, `appVersion`, `image_ref`. */
export function isTagName(name: string): boolean {
  return wordsOf(name).some((word) => TAG_WORDS.has(word));
}

/** Returns the words of a key that tell which image it is about: `api` for `apiImageDigest`, empty for `tag`. */
export function subjectOf(step: PathStep): string {
  if (typeof step !== 'string') return '#';
  const words = wordsOf(step).map((word) => word.replace(/digests?$/, ''));
  return words.filter((word) => ![DIGEST_WORDS, TAG_WORDS, NEUTRAL_WORDS].some((set) => set.has(word))).join('');
}

/** A digest in one of its forms: `sha256:<hex>`, `@sha256:<hex>`, or the hex digits alone. */
const DIGEST = /^@?sha\d+:\S+$|^@?[0-9a-f]{64}$|^[0-9a-f]{128}$/i;

/** SHA-512 without its name: a template adds the name, so a SHA-256 digest cannot take its place. */
const SHA_512_BARE = /^[0-9a-f]{128}$/i;

/** Returns true for a digest alone, in any form. */
export function isDigest(value: string): boolean {
  return DIGEST.test(value);
}

/** Returns false for a digest whose form a SHA-256 digest cannot take. */
export function isWritable(value: string): boolean {
  return !SHA_512_BARE.test(value);
}

/** An image reference in its parts, without `:` and `@`. `name` is empty for a tag alone. */
interface ImageReference {
  readonly name: string;
  readonly tag: string;
  readonly digest: string;
}

/** Splits a value. Under the key `image` a text without `:` and `/` is a name, otherwise it is a tag. */
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

/** Returns the value with another tag. A digest in it is replaced, or removed if the new one is not known: it would win over the tag. */
export function withTag(value: string, key: string, tag: string, digest: string | undefined): string {
  if (isDigest(value) || (value === '' && isDigestName(key))) return withDigest(value, digest);
  const before = readReference(value, key);
  const pinned = before.digest !== '' && digest !== undefined ? `@${digest}` : '';
  return `${before.name === '' ? '' : `${before.name}:`}${tag}${pinned}`;
}

/** Returns the value of a pin for another image, in its own form; empty if the digest is not known. */
export function withPin(value: string, tag: string, digest: string | undefined): string {
  const { name, tag: pinnedTag } = readReference(value, 'image');
  if (isDigest(value) || name === '') return withDigest(value, digest);
  if (pinnedTag !== '') return withTag(value, 'image', tag, digest);
  return digest === undefined ? name : `${name}@${digest}`;
}

/** `digest` is `sha256:<hex>`. */
function withDigest(value: string, digest: string | undefined): string {
  if (digest === undefined) return '';
  const prefix = value.startsWith('@') ? '@' : '';
  const isBare = value !== '' && !value.includes(':');
  return prefix + (isBare ? digest.slice(digest.indexOf(':') + 1) : digest);
}
