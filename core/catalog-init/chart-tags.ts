/** Finds the tags of services in charts and other files: by the repository beside a tag, otherwise by the name of the map around it. */
import type { Service } from '../catalog/model';
import { InvalidInputError } from '../contract/errors';
import type { TagPlace } from '../contract/image';
import type { TreeIndex } from '../input-digest/tree-index';
import type { TreeEntry } from '../ports/git';
import { openValues } from '../values/edit-values';
import type { ValuesFile } from '../values/files/values-files';
import { findImageField } from '../values/image-fields';
import { currentValue } from '../values/scan-leaves';
import { isLeaf, type ResolvedPaths, textAt, type ValuesIndex } from '../values/values-index';
import { childKey, parentKey, placeOf, printPlace } from '../values/values-path';
import { parseVersion, printVersion } from '../version/version';
import { tagFileName, tagFileNamed, tagFileNames, tagFiles } from './tag-files';

interface NamedImage {
  readonly name: string;
  readonly image: string;
}

/** What the files say about the services. */
export interface ChartTags {
  /** The file that has the tags. Several have names, and one that its paths alone do not tell. */
  readonly files: readonly ValuesFile[];
  /** Places of the tags by service. A service that no file names has none. */
  readonly paths: ReadonlyMap<string, readonly TagPlace[]>;
  /** The version that most of them have; undefined if no tag is a version. */
  readonly common: string | undefined;
  /** Versions that differ from it, by service. */
  readonly own: ReadonlyMap<string, string>;
}

/**
 * Returns the tags of the file that names the most services, and of files of its kind that name only others, as with a chart per service. If no file
 * names any, returns the values file of the only chart, which then has one tag for all, or none; undefined without such a file. A file that
 * cannot be edited is skipped. `texts` are those of `tagFiles(tree)`, by blob id.
 */
export function readChartTags(
  tree: TreeIndex,
  texts: ReadonlyMap<string, Buffer>,
  services: readonly NamedImage[],
): ChartTags | undefined {
  const kinds = tagFiles(tree);
  for (const kind of kinds) {
    const read = kind.flatMap((file) => readTags(file, texts, services) ?? []);
    const chosen = chooseFiles(read);
    if (chosen.length === 0) continue;
    const plain = summarize(chosen);
    const isOneOfSeveral = read.some((each) => each.tags.size > 0 && !chosen.includes(each));
    const tagged = [...plain.paths.values()].map((values) => ({ values }));
    const [found] = catalogFiles({ services: tagged }, tree, texts);
    // Each environment names its own file. Another chart may have the same paths for images of others.
    return isOneOfSeveral || found?.path === plain.files[0]?.path ? plain : summarize(chosen, true);
  }
  const [[chart, ...others] = []] = kinds;
  const only = chart === undefined || others.length > 0 ? undefined : readTags(chart, texts, services);
  return only && summarize([only]);
}

/** Returns undefined for a file that cannot be edited. */
function readTags(
  { path, id }: TreeEntry,
  texts: ReadonlyMap<string, Buffer>,
  services: readonly NamedImage[],
): FileTags | undefined {
  const index = openIndex(texts.get(id)?.toString('utf8') ?? '', path);
  return index && { path, tags: tagsOf(path, index, services) };
}

interface FileTags {
  readonly path: string;
  readonly tags: ReadonlyMap<string, readonly Tag[]>;
}

/** Files with a service in common are alternatives, such as environments: only the first of them counts. */
function chooseFiles(read: readonly FileTags[]): readonly FileTags[] {
  const naming = read.filter(({ tags }) => tags.size > 0).sort((a, b) => b.tags.size - a.tags.size);
  const named = new Set<string>();
  return naming.filter(({ tags }) => {
    if ([...tags.keys()].some((service) => named.has(service))) return false;
    for (const service of tags.keys()) named.add(service);
    return true;
  });
}

function summarize(chosen: readonly FileTags[], isNamed = chosen.length > 1): ChartTags {
  const names = tagFileNames(chosen.map(({ path }) => path));
  const files = chosen.map(({ path }, index) => (isNamed ? { name: names[index] ?? '', path } : { path }));
  const services = chosen.flatMap(({ tags }, index) =>
    [...tags].map(([service, found]) => ({ service, tags: found, file: files[index]?.name })),
  );
  const versions = services
    .flatMap(({ tags }) => tags.map(({ value }) => value))
    .filter((value) => parseVersion(value));
  const count = (version: string) => versions.filter((each) => each === version).length;
  const common = [...new Set(versions)].sort((a, b) => count(b) - count(a))[0];
  const own = services.flatMap(({ service, tags: [tag] }): [string, string][] => {
    const value = tag?.value ?? '';
    return parseVersion(value) !== undefined && value !== common ? [[service, value]] : [];
  });
  const paths = services.map(({ service, tags, file }): [string, readonly TagPlace[]] => [
    service,
    tags.map(({ path }) => (file === undefined ? path : { file, path })),
  ]);
  return { files, paths: new Map(paths), common, own: new Map(own) };
}

function openIndex(text: string, file: string): ValuesIndex | undefined {
  try {
    return openValues(text, file).index;
  } catch (error) {
    if (error instanceof InvalidInputError) return undefined;
    throw error;
  }
}

/** Returns the path of the file that has the most of these tags; undefined if none has any, or if two have as many. `files` are texts by path. */
export function fileWithMost(files: ReadonlyMap<string, string>, tags: readonly string[]): string | undefined {
  const counts = [...files].map(([path, text]) => {
    const index = openIndex(text, path);
    return {
      path,
      count: index === undefined ? 0 : tags.filter((tag) => !('missing' in findImageField(tag, index))).length,
    };
  });
  const most = Math.max(0, ...counts.map(({ count }) => count));
  const best = counts.filter(({ count }) => count === most);
  return most === 0 || best.length > 1 ? undefined : best[0]?.path;
}

/**
 * Returns the files with the tags of a catalog: those that it names, found by name as `catalog init` gives it; otherwise the file that has most of its
 * tags, or the values file of the only chart. Returns none if no service has a tag, or if several files could be meant. `texts` are those of
 * `tagFiles(tree)`, by blob id.
 */
export function catalogFiles(
  { services }: { readonly services: readonly Pick<Service, 'values'>[] },
  tree: TreeIndex,
  texts: ReadonlyMap<string, Buffer>,
): readonly ValuesFile[] {
  const places = services.flatMap(({ values }) => values);
  const names = new Set(places.flatMap((place) => (typeof place === 'string' ? [] : [place.file])));
  if (names.size > 0) {
    return [...names].flatMap((name) => {
      const found = tagFileNamed(tree, name);
      return found === undefined ? [] : [{ name, path: found.path }];
    });
  }
  const plain = places.filter((place) => typeof place === 'string');
  const kinds = tagFiles(tree);
  for (const kind of kinds) {
    const files = new Map(kind.map(({ path, id }) => [path, texts.get(id)?.toString('utf8') ?? '']));
    const chosen = fileWithMost(files, plain);
    if (chosen !== undefined) return [{ path: chosen }];
  }
  const [charts = []] = kinds;
  return charts.length === 1 ? charts.map(({ path }) => ({ path })) : [];
}

interface Tag {
  readonly path: string;
  readonly value: string;
  /** The last parts of the repositories beside it. */
  readonly repositories: readonly string[];
  /** The name of the map around it, without words such as `image`. */
  readonly owner: string;
}

function tagsOf(
  file: string,
  index: ValuesIndex,
  services: readonly NamedImage[],
): ReadonlyMap<string, readonly Tag[]> {
  const tags = index.paths.flatMap((paths) => [...paths.keys()].flatMap((key) => tagAt(key, paths, tagFileName(file))));
  const reachable = tags.filter(({ path }) => !('missing' in findImageField(path, index)));
  const known = new Set(services.flatMap(({ name, image }) => [simple(name), simple(lastPart(image))]));
  const found = services.map((service) => ({ service, tags: reachable.filter((tag) => belongs(tag, service, known)) }));
  return new Map(found.filter((each) => each.tags.length > 0).map((each) => [each.service.name, each.tags]));
}

/** The keys around a tag that name no service. */
const NEUTRAL = /^(image|images|container|global)$/i;

/** `chart` is the name of the chart, which owns an image without a map of its own: `image: { tag: v1.0.0 }`. */
function tagAt(key: string, paths: ResolvedPaths, chart: string): readonly Tag[] {
  const target = paths.get(key)?.target;
  const steps = placeOf(key);
  const last = String(steps.at(-1) ?? '');
  if (target === undefined || !isLeaf(target)) return [];
  const around = steps.slice(0, -1);
  const owner = String(around.findLast((step) => !NEUTRAL.test(String(step))) ?? (around.length > 0 ? chart : ''));
  const value = currentValue(target);
  const path = namedPath(key, paths);
  const whole = /^image$/i.test(last) ? /^([^\s@{}]+):([\w.-]+)(@\S+)?$/.exec(value) : null;
  if (whole !== null) return [{ path, value: whole[2] ?? '', repositories: [lastPart(whole[1] ?? '')], owner }];
  if (!/^(new|image_?)?tag$/i.test(last)) return [];
  const names = ['repository', 'imageRepository', 'repo', 'image', 'newName', 'name'];
  const beside = names.map((name) => textAt(childKey(parentKey(key), name), paths));
  return [{ path, value, repositories: beside.filter((text) => text !== '').map(lastPart), owner }];
}

/** Returns the path with the names of items of lists, which stay right if the list changes: `images[name=api].newTag`. */
function namedPath(key: string, paths: ResolvedPaths): string {
  let at = '';
  return placeOf(key).reduce<string>((path, step) => {
    at = childKey(at, step);
    const name = typeof step === 'number' ? textAt(childKey(at, 'name'), paths) : '';
    const text = name === '' || /[[\]"]/.test(name) ? printPlace([step]) : `[name=${name}]`;
    return `${path}${path === '' || text.startsWith('[') ? '' : '.'}${text}`;
  }, '');
}

/** A repository that is another service's decides against a name that fits. */
function belongs({ repositories, owner }: Tag, { name, image }: NamedImage, known: ReadonlySet<string>): boolean {
  const names = [simple(name), simple(lastPart(image))];
  const repository = repositories.map(simple).find((each) => known.has(each));
  return names.includes(repository ?? simple(owner));
}

function lastPart(repository: string): string {
  return repository.slice(repository.lastIndexOf('/') + 1).replace(/[:@].*$/, '');
}

/** `restApi`, `rest_api` and `rest-api` are the same name. */
function simple(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** Returns the version under development if the chart has this one: the version of a development tag, otherwise the next minor one. */
export function nextPlatform(version: string): string | undefined {
  const parsed = parseVersion(version);
  if (parsed === undefined) return undefined;
  const { minor, suffix } = parsed;
  const next = suffix === '' ? { minor: minor + 1, patch: 0 } : {};
  return printVersion({ ...parsed, ...next, suffix: '' });
}
