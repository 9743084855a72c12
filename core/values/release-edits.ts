/** Decides how a values file takes new versions: who gets a tag of its own, who follows the platform version. */
import type { Problem } from '../contract/errors';
import { type EditedValues, editIndexed, type IndexedValues, openValues } from './edit-values';
import { currentValue, findPlace, missingProblem, readReference } from './requested-edits';
import type { Leaf } from './scan-leaves';
import { refuseValues, type ValuesEdit } from './values-edit';
import { type AnchorGroup, isLeaf, type ResolvedPath, type ResolvedPaths, type ValuesIndex } from './values-index';
import { childKey, parentKey, placeOf, printKey } from './values-path';

/** The versions to be written. `platformVersion` is given on a release only. */
export interface NewVersions {
  readonly platformVersion?: string;
  readonly services: readonly ServiceVersion[];
}

/** One service's version. `digest` goes where the values file pins one. */
export interface ServiceVersion {
  readonly name: string;
  readonly version: string;
  readonly values: readonly string[];
  readonly followsPlatform: boolean;
  readonly digest?: string;
}

/**
 * The edits that give every service its version.
 *
 * On a release the platform anchor moves to the platform version and platform services follow it again; where there is no such anchor,
 * and for services with a version of their own, the tag becomes a literal. An image tag that follows the anchor but belongs to no
 * given service keeps its value as a literal, since nobody made it an image of the new version; anything else that follows the
 * anchor (a label with the version) moves along.
 *
 * Throws `ValuesFile` with every path that does not exist or is no tag.
 */
export function releaseEdits(text: string, file: string, versions: NewVersions): readonly ValuesEdit[] {
  return decideEdits(openValues(text, file), versions);
}

/** `editValues` with `releaseEdits` in one, reading the file once. */
export function writeVersions(text: string, file: string, versions: NewVersions): EditedValues {
  const opened = openValues(text, file);
  return editIndexed(opened, decideEdits(opened, versions));
}

interface ServiceTag {
  readonly service: ServiceVersion;
  readonly path: string;
  readonly leaf: Leaf;
  readonly view: ResolvedPath;
}

function decideEdits(
  { values, index }: IndexedValues,
  { platformVersion, services }: NewVersions,
): readonly ValuesEdit[] {
  const problems: Problem[] = [];
  const tags: ServiceTag[] = [];
  for (const service of services) {
    for (const path of service.values) {
      const found = findPlace(path, index);
      if ('missing' in found) {
        const problem = missingProblem(path, found, values);
        problems.push({ ...problem, message: `(tag of service ${service.name}) ${problem.message}` });
      } else {
        tags.push({ service, path, ...found });
      }
    }
  }
  if (problems.length > 0) throw refuseValues(values.file, problems);

  const followers = tags.filter(({ service }) => service.followsPlatform);
  const platform =
    platformVersion === undefined
      ? undefined
      : platformAnchor(
          index,
          followers.map(({ leaf }) => leaf),
        );
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

/** An alias stands for the whole value, so a reference with a name in it cannot follow; nor can what comes before the anchor. */
function canFollow(leaf: Leaf, { definition }: AnchorGroup): boolean {
  if (leaf === definition) return true;
  const reference = readReference(currentValue(leaf), leaf.key);
  const isTagAlone = reference.name === '' && reference.digest === '';
  return isTagAlone && leaf.document === definition.document && leaf.start > definition.start;
}

/** Image tags that follow the anchor and belong to no given service keep the value they have. */
function pinUnnamed(platform: AnchorGroup, tags: readonly ServiceTag[], index: ValuesIndex): readonly ValuesEdit[] {
  const named = new Set(tags.map(({ leaf }) => leaf));
  const left = new Set([platform.definition, ...platform.aliases].filter((leaf) => !named.has(leaf)));
  return index.views.flatMap((views) =>
    [...views.values()].flatMap(({ key, target }): ValuesEdit[] => {
      if (!isLeaf(target) || !left.has(target)) return [];
      const isImage = namesImageBeside(key, views) || (target !== platform.definition && isTagOfPart(key));
      if (!isImage) return [];
      left.delete(target);
      return [{ kind: 'pin', path: printKey(key) }];
    }),
  );
}

/** True for a value beside the name of an image: `{ repository: mongo, tag: *tag }`. */
function namesImageBeside(key: string, views: ResolvedPaths): boolean {
  const parent = parentKey(key);
  return ['repository', 'image'].some((name) => {
    const beside = views.get(childKey(parent, name));
    return beside?.key !== key && beside !== undefined && isLeaf(beside.target);
  });
}

/** True for the tag of a part of the chart (`mongo.tag`), false for one that is meant for all (`tag`, `global.imageTag`). */
function isTagOfPart(key: string): boolean {
  const place = placeOf(key);
  const last = place.at(-1);
  return place.length > 1 && place[0] !== 'global' && typeof last === 'string' && /^(image_?)?tag$/i.test(last);
}

// The platform anchor: the one value of a values file (`tag: &tag v1.3.0`) that most services follow by alias.

const USUAL_NAME = 'tag';

/**
 * The anchor named `tag`, else the one that most of the platform services' tags follow: more than half of them, or at least two if it is
 * defined apart from any service. Undefined if the file has none, so that every service has a tag of its own.
 */
function platformAnchor(index: ValuesIndex, platformTags: readonly Leaf[]): AnchorGroup | undefined {
  const usual = index.groups.filter((group) => group.name === USUAL_NAME);
  if (usual.length > 0) return usual[0];
  const tags = new Set(platformTags);
  const counted = index.groups.map((group) => ({
    group,
    count: [group.definition, ...group.aliases].filter((leaf) => tags.has(leaf)).length,
  }));
  const most = counted.reduce<(typeof counted)[number] | undefined>(
    (best, each) => (best === undefined || each.count > best.count ? each : best),
    undefined,
  );
  if (most === undefined) return undefined;
  const isApart = !tags.has(most.group.definition) && most.count >= 2;
  return isApart || most.count * 2 > tags.size ? most.group : undefined;
}
