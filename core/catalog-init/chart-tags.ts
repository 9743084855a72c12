/** Finds the tags of services in the values file of a chart: by the repository beside a tag, otherwise by the name of the map around it. */
import { InvalidInputError } from '../contract/errors';
import { findEntry, type TreeIndex } from '../input-digest/tree-index';
import type { TreeEntry } from '../ports/git';
import { openValues } from '../values/edit-values';
import { findImageField } from '../values/image-fields';
import { currentValue } from '../values/scan-leaves';
import { isLeaf, type ResolvedPaths, type ValuesIndex } from '../values/values-index';
import { childKey, parentKey, placeOf, printKey } from '../values/values-path';
import { parseVersion, printVersion } from '../version/version';

/** A service to look for. */
interface NamedImage {
  readonly name: string;
  readonly image: string;
}

/** What a values file says about the services. */
export interface ChartTags {
  readonly file: string;
  /** Paths of the tags by service. A service that the file does not name has none. */
  readonly paths: ReadonlyMap<string, readonly string[]>;
  /** The version that most of them have; undefined if no tag is a version. */
  readonly common: string | undefined;
  /** Versions that differ from it, by service. */
  readonly own: ReadonlyMap<string, string>;
}

/** Returns the values files of charts: those beside a `Chart.yaml`, and of subcharts only if no other chart has one. `readChartTags` needs their texts. */
export function valuesFiles(tree: TreeIndex): readonly TreeEntry[] {
  const isValues = ({ path, mode }: TreeEntry) => mode.startsWith('100') && /(^|\/)values\.ya?ml$/.test(path);
  const found = tree.entries.filter((entry) => isValues(entry) && isChart(tree, chartFolder(entry.path)));
  const own = found.filter(({ path }) => !isSubchart(tree, chartFolder(path)));
  return own.length === 0 ? found : own;
}

/** Returns the folder of a chart's file, with a `/` at its end unless it is the root. */
function chartFolder(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}

function isChart(tree: TreeIndex, folder: string): boolean {
  return findEntry(tree, `${folder}Chart.yaml`) !== undefined;
}

/** Subcharts are in the folder `charts` of a chart: https://helm.sh/docs/chart_template_guide/subcharts_and_globals/ */
function isSubchart(tree: TreeIndex, folder: string): boolean {
  return [...folder.matchAll(/(?<=^|\/)charts\//g)].some(({ index }) => isChart(tree, folder.slice(0, index)));
}

/** Returns the values file of the chart whose folder has the name; undefined if there is none, or more than one. */
export function valuesFileNamed(tree: TreeIndex, name: string): TreeEntry | undefined {
  const named = valuesFiles(tree).filter(({ path }) => chartName(path) === name);
  return named.length === 1 ? named[0] : undefined;
}

/** Returns the name of the folder that a values file is in; empty for the root. */
function chartName(path: string): string {
  return path.split('/').at(-2) ?? '';
}

/** Returns the tags of the file that names the most services; undefined if there is no chart. A file that cannot be edited is skipped. */
export function readChartTags(
  tree: TreeIndex,
  texts: ReadonlyMap<string, Buffer>,
  services: readonly NamedImage[],
): ChartTags | undefined {
  const read = valuesFiles(tree).flatMap(({ path, id }) => {
    const index = openIndex(texts.get(id)?.toString('utf8') ?? '', path);
    return index === undefined ? [] : [tagsOf(path, index, services)];
  });
  return read.sort((a, b) => b.paths.size - a.paths.size)[0];
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

interface Tag {
  readonly path: string;
  readonly value: string;
  /** The last part of the repository beside it. */
  readonly repository: string | undefined;
  /** The name of the map around it, without words such as `image`. */
  readonly owner: string;
}

function tagsOf(file: string, index: ValuesIndex, services: readonly NamedImage[]): ChartTags {
  const tags = index.paths.flatMap((paths) => [...paths.keys()].flatMap((key) => tagAt(key, paths)));
  const known = new Set(services.flatMap(({ name, image }) => [simple(name), simple(lastPart(image))]));
  const found = services.map((service) => ({ service, tags: tags.filter((tag) => belongs(tag, service, known)) }));
  const named = found.filter((each) => each.tags.length > 0);
  const versions = named.flatMap((each) => each.tags.map(({ value }) => value)).filter((value) => parseVersion(value));
  const count = (version: string) => versions.filter((each) => each === version).length;
  const common = [...new Set(versions)].sort((a, b) => count(b) - count(a))[0];
  const own = named.flatMap(({ service, tags: [tag] }): [string, string][] => {
    const value = tag?.value ?? '';
    return parseVersion(value) !== undefined && value !== common ? [[service.name, value]] : [];
  });
  const paths = new Map(named.map(({ service, tags: each }) => [service.name, each.map(({ path }) => path)]));
  return { file, paths, common, own: new Map(own) };
}

function tagAt(key: string, paths: ResolvedPaths): readonly Tag[] {
  const target = paths.get(key)?.target;
  const steps = placeOf(key);
  const last = String(steps.at(-1) ?? '');
  if (target === undefined || !isLeaf(target)) return [];
  const owner = String(
    steps.slice(0, -1).findLast((step) => !/^(image|images|container|global)$/i.test(String(step))) ?? '',
  );
  const value = currentValue(target);
  const whole = /^image$/i.test(last) ? /^([^\s@{}]+):([\w.-]+)(@\S+)?$/.exec(value) : null;
  if (whole !== null)
    return [{ path: printKey(key), value: whole[2] ?? '', repository: lastPart(whole[1] ?? ''), owner }];
  if (!/^(new|image_?)?tag$/i.test(last)) return [];
  const beside = ['repository', 'imageRepository', 'repo', 'image', 'newName', 'name'].flatMap((name) => {
    const sibling = paths.get(childKey(parentKey(key), name))?.target;
    return sibling !== undefined && isLeaf(sibling) ? [currentValue(sibling)] : [];
  });
  const [repository] = beside.filter((text) => text !== '');
  return [
    { path: printKey(key), value, repository: repository === undefined ? undefined : lastPart(repository), owner },
  ];
}

/** A repository that is another service's decides against a name that fits. */
function belongs({ repository, owner }: Tag, { name, image }: NamedImage, known: ReadonlySet<string>): boolean {
  const names = [simple(name), simple(lastPart(image))];
  if (repository !== undefined && known.has(simple(repository))) return names.includes(simple(repository));
  return names.includes(simple(owner));
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
