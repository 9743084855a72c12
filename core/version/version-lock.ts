/**
 * The version lock: a file beside the values file, updated in the same commit. It records for every service its version, digest, input
 * digest and source commit. Plans compare with it. Each service has one line, so that git can merge the file.
 */
import { isMap, isScalar, type YAMLMap } from 'yaml';
import { ERROR_NAMES, InvalidInputError, type Problem } from '../contract/errors';
import type { BaseDigests, BuildFacts } from '../contract/image';
import type { ReleasedService } from '../contract/release';
import { isDigest } from '../image/reference';
import { shellWord } from '../text/escape';
import { plainOrQuoted } from '../text/scalar-style';
import { parseYaml } from '../values/read-values';
import { isVersion } from './version';

/** The record of one service. `source` is the commit that its image was planned at. */
export interface LockEntry extends BuildFacts {
  readonly version: string;
  readonly digest: string;
  readonly inputDigest: string;
  readonly source: string;
}

type RequiredField = Exclude<keyof LockEntry, keyof BuildFacts>;

/** Services by name. */
export type VersionLock = ReadonlyMap<string, LockEntry>;

const FIELDS: Readonly<Record<RequiredField, { readonly isRight: (text: string) => boolean; readonly right: string }>> =
  {
    version: { isRight: isVersion, right: 'a version such as v1.4.0 or v1.4.0-dev-2' },
    digest: { isRight: isDigest, right: 'sha256: and 64 hex digits' },
    inputDigest: { isRight: (text) => /^[0-9a-f]{40}$/.test(text), right: '40 hex digits' },
    source: { isRight: (text) => /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(text), right: 'the 40 hex digits of a commit' },
  };

const FIELD_NAMES = Object.keys(FIELDS) as RequiredField[];

const ALL_FIELD_NAMES: readonly string[] = [...FIELD_NAMES, 'built', 'bases'];

const SERVICE_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

const CONFLICT_MARKER = /^(<{7}|={7}|>{7}|\|{7})( |\r?$)/;

const MAX_PROBLEMS = 100;

const HEADER = [
  '# Written with every release: the version, image digest, input digest and source commit of each service.',
  '# Not to be edited by hand; in a merge conflict, keep the line whose version the values file names.',
  '',
].join('\n');

/** Returns the path of the lock: `version-lock.yaml` for `values.yaml`, `version-lock-staging.yaml` for `values-staging.yaml`. */
export function versionLockPath(valuesFile: string): string {
  return beside(valuesFile, `version-lock${editionOf(valuesFile, 'values')}.yaml`);
}

/** The part of a file's name that other files of its folder differ in: `-staging` of `values-staging.yaml` or `staging.yaml`. */
function editionOf(file: string, kind: 'values' | 'version-lock'): string {
  const base = file.slice(file.lastIndexOf('/') + 1).replace(/\.ya?ml$/, '');
  return base.startsWith(kind) ? base.slice(kind.length) : `-${base}`;
}

function beside(file: string, name: string): string {
  return file.slice(0, file.lastIndexOf('/') + 1) + name;
}

/** Parses a lock; an empty text is an empty lock. Throws `ValuesFile` with every problem and its line. `path` is for messages. */
export function parseVersionLock(text: string, path: string): VersionLock {
  const conflicts = conflictMarkers(text);
  if (conflicts.length > 0) throw refuse(path, conflicts);
  const { documents, faults, lineAt } = parseYaml(text);
  const invalid = faults.map((fault) => ({ path, ...fault }));
  if (invalid.length > 0) throw refuse(path, invalid);
  if (documents.length > 1) throw refuse(path, [{ path, message: 'has more than one document; keep one' }]);
  const contents = documents[0]?.contents ?? null;
  if (contents === null || (isScalar(contents) && contents.value === null)) return new Map();
  if (!isMap(contents)) {
    const line = lineAt(contents.range[0]);
    throw refuse(path, [{ path, line, message: 'has no services; each line must be a service and its record' }]);
  }
  return readServices(contents, path, lineAt);
}

function readServices(map: YAMLMap, path: string, lineAt: (offset: number) => number): VersionLock {
  const problems: Problem[] = [];
  const lock = new Map<string, LockEntry>();
  const seen = new Set<string>();
  for (const { key, value } of map.items) {
    const line = lineAt((isScalar(key) ? key.range?.[0] : undefined) ?? 0);
    const name = textOf(key);
    if (!SERVICE_NAME.test(name)) {
      problems.push({ path, line, message: `'${name.slice(0, 80)}' cannot be the name of a service` });
      continue;
    }
    if (seen.has(name))
      problems.push({ path: name, line, message: 'is in the file twice, the second time here; keep one' });
    seen.add(name);
    const entry = readEntry(value);
    if ('problems' in entry) problems.push(...entry.problems.map((message) => ({ path: name, line, message })));
    else lock.set(name, entry);
  }
  if (problems.length > 0) throw refuse(path, problems);
  return lock;
}

function readEntry(value: unknown): LockEntry | { readonly problems: readonly string[] } {
  if (!isMap(value)) return { problems: [`must have the fields ${FIELD_NAMES.join(', ')}`] };
  const found = new Map(value.items.map((pair) => [isScalar(pair.key) ? String(pair.key.value) : '', pair.value]));
  const text = (name: keyof LockEntry) => textOf(found.get(name));
  const unknown = [...found.keys()].filter((name) => !ALL_FIELD_NAMES.includes(name));
  const built = found.has('built') ? text('built') : undefined;
  const bases = readBases(found.get('bases'));
  const problems = [
    ...unknown.map((name) => `has the unknown field '${name.slice(0, 40)}'`),
    ...FIELD_NAMES.filter((name) => !found.has(name)).map((name) => `has no ${name}`),
    ...FIELD_NAMES.filter((name) => found.has(name) && !FIELDS[name].isRight(text(name))).map(
      (name) => `${name} is '${text(name).slice(0, 80)}'; it must be ${FIELDS[name].right}`,
    ),
    ...(built === undefined || isDay(built)
      ? []
      : [`built is '${built.slice(0, 80)}'; it must be a day such as 2026-11-23`]),
    ...(found.has('bases') && bases === undefined
      ? ['bases must have a digest for each image, sha256: and 64 hex digits']
      : []),
  ];
  if (problems.length > 0) return { problems };
  const required = { version: text('version'), digest: text('digest'), inputDigest: text('inputDigest') };
  return { ...required, source: text('source'), ...buildFactsOf({ built, bases }) };
}

function conflictMarkers(text: string): Problem[] {
  return text.split('\n').flatMap((content, index) => {
    if (!CONFLICT_MARKER.test(content)) return [];
    return [{ path: 'merge conflict', line: index + 1, message: `has the git conflict marker ${content.slice(0, 7)}` }];
  });
}

function refuse(path: string, problems: readonly Problem[]): InvalidInputError {
  const rest = problems.length - MAX_PROBLEMS;
  const shown =
    rest > 0 ? [...problems.slice(0, MAX_PROBLEMS), { path, message: `has ${rest} more problems` }] : problems;
  const hint = `If the last commit broke it, restore the file: git checkout HEAD~1 -- ${shellWord(path)}`;
  return new InvalidInputError(`the version lock ${path} cannot be used`, shown, hint, ERROR_NAMES.valuesFile);
}

/** Prints the lock, one line per service, sorted by name. The same lock gives the same bytes. */
export function printVersionLock(lock: VersionLock): string {
  const entries = [...lock].sort(([a], [b]) => (a < b ? -1 : 1));
  return HEADER + entries.map(([name, entry]) => `${printLine(name, entry)}\n`).join('');
}

function printLine(name: string, entry: LockEntry): string {
  const fields = FIELD_NAMES.map((field) => `${field}: ${JSON.stringify(entry[field])}`);
  return `${plainOrQuoted(name)}: { ${[...fields, ...printBuildFacts(entry)].join(', ')} }`;
}

/**
 * Returns the lock with new records of the released services. A record with the same version, digest and input digest stays as it is, so
 * that a release that is started again changes nothing.
 */
export function updateLock(lock: VersionLock, released: readonly ReleasedService[]): VersionLock {
  const updates = released.flatMap((service): [string, LockEntry][] => {
    const { name, version, digest, inputDigest, source } = service;
    const there = lock.get(name);
    const same = there?.version === version && there.digest === digest && there.inputDigest === inputDigest;
    return same ? [] : [[name, { version, digest, inputDigest, source, ...buildFactsOf(service) }]];
  });
  return new Map([...lock, ...updates]);
}

/** Returns only the facts of how an image was built, as far as they are known. */
export function buildFactsOf({ bases, built }: BuildFacts): BuildFacts {
  return { ...(built === undefined ? {} : { built }), ...(bases === undefined ? {} : { bases }) };
}

/** Prints the two optional fields, sorted; unknown ones are left out. */
function printBuildFacts({ built, bases = {} }: BuildFacts): readonly string[] {
  const names = Object.keys(bases).sort();
  const list = names.map((name) => `${JSON.stringify(name)}: ${JSON.stringify(bases[name])}`);
  return [
    ...(built === undefined ? [] : [`built: ${JSON.stringify(built)}`]),
    ...(list.length === 0 ? [] : [`bases: { ${list.join(', ')} }`]),
  ];
}

function readBases(value: unknown): BaseDigests | undefined {
  if (!isMap(value)) return undefined;
  const entries = value.items.map((pair) => [textOf(pair.key), textOf(pair.value)] as const);
  const areRight = entries.every(([name, digest]) => name !== '' && isDigest(digest));
  return areRight && entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

function textOf(node: unknown): string {
  return isScalar(node) ? String(node.source ?? node.value) : '';
}

function isDay(text: string): boolean {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN;
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

/** The content of IMAGE_VERSIONS.md, which is the version lock for people. It is updated in the same commit. */
interface ImageVersions {
  readonly lock: VersionLock;
  /** The full image name (`host/namespace/image`) of every service of the catalog. */
  readonly catalogImages: ReadonlyMap<string, string>;
}

const TABLE_HEADER = [
  '# Image versions',
  '',
  'Written with every release, from the version lock beside this file; not to be edited by hand.',
  '',
  '| Service | Image | Version | Source | Digest |',
  '|---|---|---|---|---|',
];

/** Returns the path of the table: in the folder of the version lock, and named like it. */
export function imageVersionsPath(lockFile: string): string {
  return beside(lockFile, `IMAGE_VERSIONS${editionOf(lockFile, 'version-lock')}.md`);
}

/** Prints the table as Markdown, sorted by service: those of the catalog, and those that left it but are still locked. */
export function printImageVersions({ lock, catalogImages }: ImageVersions): string {
  const names = [...new Set([...lock.keys(), ...catalogImages.keys()])].sort();
  const rows = names.map((name) => printRow(name, catalogImages.get(name), lock.get(name)));
  return `${[...TABLE_HEADER, ...rows].join('\n')}\n`;
}

function printRow(name: string, image: string | undefined, entry: LockEntry | undefined): string {
  const cells = [name, image ?? 'not in the catalog', ...versionCells(entry)];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function versionCells(entry: LockEntry | undefined): readonly string[] {
  if (entry === undefined) return ['not released', '', ''];
  return [entry.version, `\`${entry.source.slice(0, 12)}\``, `\`${entry.digest}\``];
}
