/** Finds development tags that are no longer used (docs/decisions/005). A person removes them: the pipeline deletes nothing. */
import type { Settings } from '../settings/schema';
import { type Finding, later, ok } from './finding';

/** One image of a release repository. `pushedAt` is in ms since 1970. */
export interface TaggedImage {
  readonly tags: readonly string[];
  readonly pushedAt: number;
}

/** The evidence that the decision needs. */
export interface TagUse {
  /** The images of the release repositories, by the name of the repository. */
  readonly images: ReadonlyMap<string, readonly TaggedImage[]>;
  /** The texts of the values files and version locks of all environments, at the heads of all branches. */
  readonly files: readonly string[];
  readonly days: number;
  /** In ms since 1970. */
  readonly now: number;
}

/** ECR accepts this many tags in one BatchDeleteImage. */
const TAGS_PER_CALL = 100;
const DAY = 24 * 60 * 60 * 1000;
const TAG = /[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}/g;

/** Returns a finding for each repository with expired tags, and each command that removes at most 100 of them. */
export function judgeExpiredTags(
  settings: Pick<Settings, 'branches'>,
  use: TagUse,
  region: string,
): readonly Finding[] {
  const expired = findExpiredTags(settings, use);
  if (expired.size === 0) return [ok('development tags', `none is unused and older than ${use.days} days`)];
  return [...expired].flatMap(([repository, tags]) => {
    const text = `${tags.length} are older than ${use.days} days, and no values file or version lock of any branch names them`;
    return chunks(tags).map((part) => {
      const ids = part.map((tag) => `imageTag=${tag}`).join(' ');
      const command = `aws ecr batch-delete-image --repository-name ${repository} --image-ids ${ids} --region ${region}`;
      return later(`development tags of ${repository}`, text, command);
    });
  });
}

/**
 * Returns the expired tags by repository, oldest number first. A tag stays if a file names it for any service. The highest number of a line
 * stays, too, because a run that has not committed yet may use it.
 */
export function findExpiredTags(
  { branches }: Pick<Settings, 'branches'>,
  { images, files, days, now }: TagUse,
): ReadonlyMap<string, readonly string[]> {
  const lines = branches.flatMap(({ version }) => (version === undefined ? [] : (linePattern(version) ?? [])));
  const named = new Set(files.flatMap((text) => text.match(TAG) ?? []));
  const found = new Map<string, readonly string[]>();
  for (const [repository, all] of images) {
    const numbered = all.flatMap(({ tags, pushedAt }) => tags.flatMap((tag) => developmentTags(tag, pushedAt, lines)));
    const expired = numbered
      .filter(({ tag, pushedAt }) => pushedAt < now - days * DAY && !named.has(tag))
      .filter(({ line, number }) => numbered.some((other) => other.line === line && other.number > number))
      .sort((a, b) => (a.line < b.line ? -1 : a.line > b.line ? 1 : a.number - b.number));
    if (expired.length > 0) found.set(repository, [...new Set(expired.map(({ tag }) => tag))]);
  }
  return found;
}

interface DevelopmentTag {
  readonly tag: string;
  readonly line: string;
  readonly number: number;
  readonly pushedAt: number;
}

function developmentTags(tag: string, pushedAt: number, lines: readonly RegExp[]): readonly DevelopmentTag[] {
  const match = lines.map((pattern) => pattern.exec(tag)).find((each) => each !== null);
  if (match === undefined || match === null) return [];
  const [, line = '', number = '1'] = match;
  return [{ tag, line, number: Number(number), pushedAt }];
}

/**
 * Returns the pattern of the tags of a version line, or undefined if a release could have such a tag, too. That is a line without a fixed
 * suffix (`{version}`), or one with the branch in it: `{version}-{slug}` also matches `v1.4.0-rc-1`.
 */
function linePattern(version: string): RegExp | undefined {
  const [before = '', after = '', ...more] = version.split('{version}');
  if (version.includes('{slug}') || more.length > 0 || !/^-[A-Za-z]/.test(after) || /^-hotfix\b/.test(after)) {
    return undefined;
  }
  const number = String.raw`(?:-([2-9]|[1-9]\d{1,8}))?`;
  return new RegExp(String.raw`^(${escaped(before)}v?\d{1,9}\.\d{1,9}\.\d{1,9}${escaped(after)})${number}$`);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function chunks(tags: readonly string[]): readonly (readonly string[])[] {
  const count = Math.ceil(tags.length / TAGS_PER_CALL);
  return Array.from({ length: count }, (_, index) => tags.slice(index * TAGS_PER_CALL, (index + 1) * TAGS_PER_CALL));
}
