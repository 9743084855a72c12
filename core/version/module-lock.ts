/**
 * The module lock: a file beside the values file, updated in the commit of a release. It records for every published module its last
 * version, the digest of its content and the source commit. Each module has one line, so that git can merge the file.
 */
import { isMap, isScalar } from 'yaml';
import * as z from 'zod';
import { ERROR_NAMES, InvalidInputError, type Problem } from '../contract/errors';
import type { ReleasedModule } from '../contract/release';
import { plainOrQuoted } from '../text/scalar-style';
import { parseYaml } from '../values/read-values';
import { compareModuleVersions, type ModuleVersion, parseModuleVersion } from './module-version';
import { SEMANTIC } from './semantic-version';

/** The record of one module. */
export type ModuleEntry = Omit<ReleasedModule, 'name'>;

/** Modules by name. */
export type ModuleLock = ReadonlyMap<string, ModuleEntry>;

const HEADER = [
  '# Written with every release: the version, content digest and source commit of each published module.',
  '# Not to be edited by hand; in a merge conflict, keep the line with the higher version.',
  '',
].join('\n');

/** Returns the path of the lock: `module-lock.yaml` in the folder of the version lock, for all version locks of the folder. */
export function moduleLockPath(versionLock: string): string {
  return `${versionLock.slice(0, versionLock.lastIndexOf('/') + 1)}module-lock.yaml`;
}

const Entry = z.strictObject({
  version: z.string().refine((text) => parseAny(text) !== undefined, 'must be a version such as 1.4.0'),
  contentDigest: z.string().regex(/^[0-9a-f]{40}$/, 'must be 40 hex digits'),
  source: z.string().regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/, 'must be the 40 hex digits of a commit'),
});
const Lock = z.record(z.string(), Entry).nullable();

/** Parses a lock; an empty text is an empty lock. Throws `ValuesFile` with every problem. `path` is for messages. */
export function parseModuleLock(text: string, path: string): ModuleLock {
  const { documents, faults, lineAt } = parseYaml(text);
  const problems = [
    ...faults.map((fault) => ({ path, ...fault })),
    ...(documents.length > 1 ? [{ path, message: 'has more than one document; keep one' }] : []),
    ...repeatedModules(documents[0]?.contents, lineAt),
  ];
  if (problems.length > 0) throw refuse(path, problems);
  const parsed = Lock.safeParse(documents[0]?.toJS() ?? null);
  if (parsed.success) return new Map(Object.entries(parsed.data ?? {}));
  throw refuse(
    path,
    parsed.error.issues.map(({ path: place, message }) => ({ path: place.join('.') || path, message })),
  );
}

/** A merge can leave two lines of one module. */
function repeatedModules(contents: unknown, lineAt: (offset: number) => number): Problem[] {
  if (!isMap(contents)) return [];
  const seen = new Set<string>();
  return contents.items.flatMap(({ key }) => {
    const name = isScalar(key) ? String(key.value) : '';
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    const line = lineAt((isScalar(key) ? key.range?.[0] : undefined) ?? 0);
    return [{ path: name, line, message: 'is in the file twice; keep the line with the higher version' }];
  });
}

function refuse(path: string, problems: readonly Problem[]): InvalidInputError {
  return new InvalidInputError(`the module lock ${path} cannot be used`, problems, undefined, ERROR_NAMES.valuesFile);
}

/** Prints the lock, one line per module, sorted by name. The same lock gives the same bytes. */
export function printModuleLock(lock: ModuleLock): string {
  const lines = [...lock]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { version, contentDigest, source }]) => {
      const fields = { version, contentDigest, source };
      const texts = Object.entries(fields).map(([field, text]) => `${field}: ${JSON.stringify(text)}`);
      return `${plainOrQuoted(name)}: { ${texts.join(', ')} }\n`;
    });
  return HEADER + lines.join('');
}

/** Returns the lock with the modules of a release. A version only rises, so that a late release takes none back, and a kept module keeps its line. */
export function updateModuleLock(lock: ModuleLock, released: readonly ReleasedModule[]): ModuleLock {
  const updates = released.filter(({ name, version }) => isAfter(version, lock.get(name)?.version));
  return new Map([...lock, ...updates.map(({ name, ...entry }) => [name, entry] as const)]);
}

function isAfter(text: string, earlier: string | undefined): boolean {
  const [version, before] = [parseAny(text), parseAny(earlier ?? '')];
  return version !== undefined && (before === undefined || compareModuleVersions(version, before) > 0);
}

/** The lock does not say of which kind a module is. Versions that both grammars have mean the same in both. */
function parseAny(text: string): ModuleVersion | undefined {
  return parseModuleVersion(text) ?? SEMANTIC.parse(text);
}
