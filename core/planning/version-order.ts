/** Versions that come too late: a development version of a version that is out already sorts before it. */
import type { Service } from '../catalog/model';
import type { VersionRule } from '../contract/image';
import { compareVersions, isHotfix, parseVersion, printVersion, type Version } from '../version/version';

/** A service that would get a development version of `final`, which is out. */
export interface LateVersion {
  readonly service: string;
  /** The version, or the first one of its line: `v1.4.0-dev`. */
  readonly version: string;
  /** `v1.4.0`. */
  readonly final: string;
}

/**
 * Returns the final version that a development version leads to (`v1.4.0` for `v1.4.0-dev-2`). Returns undefined for a final version, for
 * a hotfix, which sorts after its final version, and for a text that is no version.
 */
export function finalVersionOf(version: string): string | undefined {
  const parsed = parseVersion(version);
  return parsed === undefined || isFinal(parsed) ? undefined : printVersion({ ...parsed, suffix: '' });
}

/** Returns the version that a rule gives, or the first of its line. Undefined if the service gets none. */
export function ruledVersion(rule: VersionRule): string | undefined {
  if (rule.kind === 'none') return undefined;
  return rule.kind === 'exact' ? rule.version : rule.line;
}

/** Returns true if the recorded version shows that `final` is out: it is the same version or a hotfix of it. */
export function showsRelease(recorded: string | undefined, final: string): boolean {
  const [known, wanted] = [parseVersion(recorded ?? ''), parseVersion(final)];
  if (known === undefined || wanted === undefined || !isFinal(known)) return false;
  return compareVersions({ ...known, suffix: '' }, wanted) === 0;
}

/** Returns the next minor version after all of these; texts that are no versions are skipped. `version` decides about the `v`. */
export function nextMinor(version: string, others: Iterable<string> = []): string {
  const { v, major, minor } = latest([version, ...others]);
  return printVersion({ v: parseVersion(version)?.v ?? v, major, minor: minor + 1, patch: 0, suffix: '' });
}

/** Returns the next patch after the version. */
export function nextPatch(version: string): string {
  const { patch, ...rest } = latest([version]);
  return printVersion({ ...rest, patch: patch + 1, suffix: '' });
}

function latest(texts: readonly string[]): Version {
  const known = texts.flatMap((text) => parseVersion(text) ?? []);
  const [first] = known.toSorted((a, b) => compareVersions(b, a));
  return first ?? { v: true, major: 0, minor: 0, patch: 0, suffix: '' };
}

function isFinal(version: Version): boolean {
  return version.suffix === '' || isHotfix(version);
}

const SERVICES_SHOWN = 5;

/** Returns the late versions in words: what is out, and of which services. */
export function lateText(late: readonly LateVersion[]): string {
  const [first] = late;
  if (first === undefined) return '';
  const names = late.slice(0, SERVICES_SHOWN).map(({ service }) => service);
  const more = late.length - names.length;
  const services = `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  return `${first.final} of ${services} is released already, and ${first.version} sorts before it`;
}

/** The catalog, as far as it decides about versions. */
interface CatalogVersions {
  readonly platformVersion: string;
  readonly services: readonly Pick<Service, 'name' | 'versioning'>[];
}

/**
 * Returns one sentence for each edit of the catalog that brings the versions back in order. `nextPlatform` is the version to propose for
 * the platform.
 */
export function lateWarnings(
  late: readonly LateVersion[],
  catalog: CatalogVersions,
  catalogFile: string,
  nextPlatform: string,
): readonly string[] {
  const independent = new Set(
    catalog.services.filter(({ versioning }) => versioning === 'independent').map(({ name }) => name),
  );
  const ofPlatform = late.filter(({ service }) => !independent.has(service));
  const edit = (each: LateVersion) =>
    `${lateText([each])}; write \`version: ${nextPatch(each.final)}\` at services.${each.service} of ${catalogFile}`;
  const platform = `${lateText(ofPlatform)}; write \`platform: ${nextPlatform}\` instead of ${catalog.platformVersion} into ${catalogFile}`;
  return [
    ...(ofPlatform.length === 0 ? [] : [platform]),
    ...late.filter(({ service }) => independent.has(service)).map(edit),
  ];
}
