/**
 * Writes the versions of a release into the values files of an environment, into all of them or into none: decides which file has a tag,
 * which tags get their own value, and which follow the platform version.
 */
import type { Problem } from '../contract/errors';
import type { TagPlace } from '../contract/image';
import { type EditedValues, editIndexed } from './edit-values';
import { type ChartFile, writeCharts } from './files/chart-files';
import { locateTag } from './files/locate-tag';
import {
  both,
  forAllFiles,
  type OpenFile,
  openFiles,
  pathInFile,
  type ValuesFile,
  type WrittenFile,
} from './files/values-files';
import { findImageField, type ImageField, isDigest, readReference } from './image-fields';
import { findPins } from './image-pins';
import { missingProblem } from './resolved-edits';
import { currentValue, type Leaf } from './scan-leaves';
import { refuseFiles, refuseValues, type ValuesChange, type ValuesEdit } from './values-edit';
import { type AnchorGroup, type IndexedValues, isLeaf, type ResolvedPaths, type ValuesIndex } from './values-index';
import { childKey, parentKey, placeOf, printKey } from './values-path';

/** The versions to be written. `platformVersion` is given on a release only. */
export interface NewVersions {
  readonly platformVersion?: string;
  readonly services: readonly ServiceVersion[];
}

/** The version of one service. `values` are the paths of its tags; `digest` is written to the pins of its image. */
export interface ServiceVersion {
  readonly name: string;
  readonly version: string;
  readonly values: readonly string[];
  readonly followsPlatform: boolean;
  readonly digest?: string;
}

/** Gives every service of one file its version. Throws `ValuesFile` with every path that does not exist or is no tag. */
export function writeVersions(opened: IndexedValues, versions: NewVersions): EditedValues {
  return editIndexed(opened, releaseEdits(opened, versions));
}

/** The versions of a release, with the places of their tags in any of the files. */
export interface FilesVersions extends Omit<NewVersions, 'services'> {
  readonly services: readonly PlacedVersion[];
}

interface PlacedVersion extends Omit<ServiceVersion, 'values'> {
  readonly values: readonly TagPlace[];
}

/** The files that a release writes. */
export interface ReleaseFiles {
  readonly values: readonly ValuesFile[];
  readonly charts: readonly ChartFile[];
}

/** The new text of every file, changed or not: values files, then charts. Changes are those of values files; their paths name the file if there are several. */
export interface WrittenFiles {
  readonly files: readonly WrittenFile[];
  readonly changes: readonly ValuesChange[];
}

/**
 * Writes the versions into values files and charts. Without any values file, tags are written nowhere. `texts` has the text of each file by path. Throws `ValuesFile` with all problems of all files, among them tags that
 * no file has, or more than one.
 */
export function writeFiles(
  { values, charts }: ReleaseFiles,
  texts: ReadonlyMap<string, string>,
  versions: FilesVersions,
): WrittenFiles {
  const [written, writtenCharts] = both(
    () => writeValues(values, texts, versions),
    () => writeCharts(charts, texts, versions),
  );
  return { ...written, files: [...written.files, ...writtenCharts] };
}

function writeValues(
  files: readonly ValuesFile[],
  texts: ReadonlyMap<string, string>,
  { services, ...shared }: FilesVersions,
): WrittenFiles {
  if (files.length === 0) return { files: [], changes: [] };
  const opened = openFiles(files, texts);
  const versions = assignFiles(services, opened);
  const written = forAllFiles(opened, (file) => ({
    file,
    edited: writeVersions(file, { ...shared, services: versions.get(file) ?? [] }),
  }));
  return {
    files: written.map(({ file, edited }) => ({ path: file.path, content: edited.text })),
    changes: written.flatMap(({ file, edited }) =>
      files.length === 1
        ? edited.changes
        : edited.changes.map((change) => ({ ...change, path: pathInFile(file, change.path) })),
    ),
  };
}

/** Returns the services of each file, with the paths of their tags in it. */
function assignFiles(
  services: readonly PlacedVersion[],
  files: readonly OpenFile[],
): ReadonlyMap<OpenFile, readonly ServiceVersion[]> {
  const problems: Problem[] = [];
  const assigned = new Map(files.map((file): [OpenFile, ServiceVersion[]] => [file, []]));
  for (const service of services) {
    const paths = new Map<OpenFile, string[]>();
    for (const place of service.values) {
      const located = locateTag(place, files);
      if ('problem' in located) {
        const path = typeof place === 'string' ? place : place.path;
        problems.push({ path, message: `(tag of service ${service.name}) ${located.problem}` });
      } else {
        paths.set(located.file, [...(paths.get(located.file) ?? []), located.path]);
      }
    }
    for (const [file, values] of paths) assigned.get(file)?.push({ ...service, values });
  }
  const [only, ...others] = files;
  if (problems.length === 0) return assigned;
  throw only === undefined || others.length > 0 ? refuseFiles(problems) : refuseValues(only.path, problems);
}

interface ServiceTag extends ImageField {
  readonly service: ServiceVersion;
  readonly path: string;
}

/**
 * Returns the edits that give every service its version. On a release the platform anchor gets the platform version, and the platform services follow it again. If there is no such anchor, and
 * for services with a version of their own, the tag becomes a literal. An image tag that follows the anchor and belongs to no service
 * keeps its value as a literal, because its image was not released. Everything else that follows the anchor (a label with the version)
 * changes with it.
 */
export function releaseEdits(
  { values, index }: IndexedValues,
  { platformVersion, services }: NewVersions,
): readonly ValuesEdit[] {
  const problems: Problem[] = [];
  const tags: ServiceTag[] = [];
  for (const service of services) {
    for (const path of service.values) {
      const field = findImageField(path, index);
      if ('missing' in field) {
        const problem = missingProblem(path, field, values);
        problems.push({ ...problem, message: `(tag of service ${service.name}) ${problem.message}` });
      } else {
        tags.push({ service, path, ...field });
      }
    }
  }
  if (problems.length > 0) throw refuseValues(values.file, problems);

  const platformTags = tags.filter(({ service }) => service.followsPlatform).map(({ leaf }) => leaf);
  const platform = platformVersion === undefined ? undefined : platformAnchor(index, platformTags);
  const own = tags.map((tag) => editFor(tag, platform));
  if (platform === undefined || platformVersion === undefined) return own;
  return [
    { kind: 'anchor', anchor: platform.name, tag: platformVersion },
    ...own,
    ...pinUnnamed(platform, tags, index),
  ];
}

function editFor({ service, path, leaf }: ServiceTag, platform: AnchorGroup | undefined): ValuesEdit {
  const digest = service.digest === undefined ? {} : { digest: service.digest };
  if (service.followsPlatform && platform !== undefined && canFollow(leaf, platform)) {
    return { kind: 'follow', path, anchor: platform.name, ...digest };
  }
  return { kind: 'literal', path, tag: service.version, ...digest };
}

/** An alias is a whole value, so a reference with a name and a digest cannot follow. Nor can a tag before the anchor. */
function canFollow(leaf: Leaf, { definition }: AnchorGroup): boolean {
  if (leaf === definition) return true;
  const value = currentValue(leaf);
  const { name, digest } = readReference(value, leaf.key);
  const isTagAlone = name === '' && digest === '' && !isDigest(value);
  return isTagAlone && leaf.document === definition.document && leaf.start > definition.start;
}

/** Image tags that follow the anchor and belong to none of the services keep their value. */
function pinUnnamed(platform: AnchorGroup, tags: readonly ServiceTag[], index: ValuesIndex): readonly ValuesEdit[] {
  const named = new Set(tags.map(({ leaf }) => leaf));
  const unnamed = new Set([platform.definition, ...platform.aliases].filter((leaf) => !named.has(leaf)));
  return index.paths.flatMap((paths) =>
    [...paths.values()].flatMap((at): ValuesEdit[] => {
      const { key, target } = at;
      if (!isLeaf(target) || !unnamed.has(target)) return [];
      const isImage =
        namesImageBeside(key, paths) ||
        (target !== platform.definition && isTagOfPart(key)) ||
        findPins({ at, leaf: target }, index).own.length > 0;
      if (!isImage) return [];
      unnamed.delete(target);
      return [{ kind: 'pin', path: printKey(key) }];
    }),
  );
}

/** Returns true for a value beside the name of an image: `{ repository: mongo, tag: *tag }`. */
function namesImageBeside(key: string, paths: ResolvedPaths): boolean {
  const map = parentKey(key);
  return ['repository', 'image'].some((name) => {
    const sibling = paths.get(childKey(map, name));
    return sibling !== undefined && sibling.key !== key && isLeaf(sibling.target);
  });
}

/** Returns true for the tag of one part of the chart (`mongo.tag`), false for one that is for all (`tag`, `global.imageTag`). */
function isTagOfPart(key: string): boolean {
  const place = placeOf(key);
  const last = place.at(-1);
  return place.length > 1 && place[0] !== 'global' && typeof last === 'string' && /^(image_?)?tag$/i.test(last);
}

const USUAL_NAME = 'tag';

/**
 * Finds the anchor of the platform version (`tag: &tag v1.3.0`): the one named `tag`, otherwise the one that most of the platform
 * services' tags follow. It must be more than half of them, or two if the anchor is defined apart from them. Returns undefined if the
 * file has none; every service then has a tag of its own.
 */
function platformAnchor(index: ValuesIndex, platformTags: readonly Leaf[]): AnchorGroup | undefined {
  const usual = index.groups.find((group) => group.name === USUAL_NAME);
  if (usual !== undefined) return usual;
  const tags = new Set(platformTags);
  const counted = index.groups.map((group) => ({
    group,
    count: [group.definition, ...group.aliases].filter((leaf) => tags.has(leaf)).length,
  }));
  // The sort is stable: of equal counts the first in the text wins.
  const [most] = counted.sort((a, b) => b.count - a.count);
  if (most === undefined) return undefined;
  const isApart = !tags.has(most.group.definition) && most.count >= 2;
  return isApart || most.count * 2 > tags.size ? most.group : undefined;
}
