/** Checks the shape of a catalog's value by its schema. The rules that relate its parts are in `rules.ts`. */
import { closest } from '../text/closest';
import { describeShape, showKind } from '../text/shape-error';
import { buildKeys } from './commands/build-keys';
import { type CatalogIssue, shapeIssues, unknownKey } from './issue';
import { CatalogFile, SECTION_KEYS } from './schema';

/** Returns the keys that are allowed at a path of the file. */
function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  const { file, publish, test, ...sections } = SECTION_KEYS;
  const [section, , key] = path;
  if (section === 'modules' && key === 'publish') return Object.keys(publish);
  if (section === 'services' && key === 'test') return Object.keys(test);
  if (section === 'services' && key === 'build') return Object.keys(buildKeys);
  return Object.keys(
    typeof section === 'string' && Object.hasOwn(sections, section) ? sections[section as keyof typeof sections] : file,
  );
}

interface CatalogShape {
  /** The file without its wrong parts; undefined if nothing is left. */
  readonly file?: CatalogFile;
  readonly issues: readonly CatalogIssue[];
  /** Top-level keys with a wrong part, which rules cannot judge. */
  readonly broken: ReadonlySet<string>;
}

/** The keys without which a file is no catalog. */
const REQUIRED_KEYS = ['platform', 'services'] as const;

/**
 * Returns what keeps a file from being a catalog at all. It quotes nothing of the file but misspelled keys of a catalog, because another
 * file may contain secrets. All other messages about a catalog may quote it.
 */
export function findMissingKeys(value: unknown): readonly CatalogIssue[] {
  if (!isMap(value)) return [{ path: [], message: `must be a map of keys, not ${showKind(value)}` }];
  const missing = REQUIRED_KEYS.filter((key) => value[key] === undefined || value[key] === null);
  if (missing.length === 0) return [];
  const known = Object.keys(SECTION_KEYS.file);
  const misspelled = Object.keys(value).filter((key) => !known.includes(key) && closest(key, known) !== undefined);
  return [
    ...missing.map((key) => ({ path: [key], message: 'is missing' })),
    ...misspelled.map((key) => unknownKey('a catalog', [key], known)),
  ];
}

/** Checks the shape of a catalog's value. The valid parts of a wrong one are kept, so that all problems are found at once. */
export function checkShape(value: unknown): CatalogShape {
  const sections = withoutEmptySections(value);
  const result = CatalogFile.safeParse(sections, { error: (issue) => describeShape(issue) });
  if (result.success) return { file: result.data, issues: [], broken: new Set() };
  const issues = shapeIssues(result.error, 'a catalog', knownKeys);
  const broken = new Set(issues.map(({ path }) => String(path[0])));
  return { file: CatalogFile.safeParse(validParts(sections, issues)).data, issues, broken };
}

/** `modules:` without a value means the same as no such line. */
function withoutEmptySections(value: unknown): unknown {
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, section]) => section !== null));
}

/** Removes a wrong service key, a wrong service, or a whole wrong section. */
function validParts(value: unknown, issues: readonly CatalogIssue[]): unknown {
  if (!isMap(value)) return undefined;
  const services = isMap(value.services) ? { ...value.services } : {};
  const valid: Record<string, unknown> = { ...value, services };
  for (const { path } of issues) {
    const [section, name, key] = path;
    if (section !== 'services') delete valid[String(section)];
    if (section !== 'services' || name === undefined) continue;
    const service = services[name];
    // Without its `build`, the service would have no use for its `inputs`.
    const keys = key === 'build' ? ['build', 'inputs'] : [String(key)];
    if (isMap(service) && key !== undefined) services[name] = without(service, keys);
    else delete services[name];
  }
  return { platform: 'v0.0.0', ...valid };
}

function without(value: Readonly<Record<string, unknown>>, keys: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !keys.includes(name)));
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
