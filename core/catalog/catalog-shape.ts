/** Checks the shape of a catalog's value, and keeps what is sound of a broken one, so that all problems show at once. */
import type { z } from 'zod';
import { type CatalogIssue, excerpt } from './catalog-issue';
import { CatalogFile, knownKeys } from './catalog-schema';

export interface CatalogShape {
  /** The file without its broken parts; undefined if nothing is left. */
  readonly file?: CatalogFile;
  readonly issues: readonly CatalogIssue[];
  /** Top-level keys with a broken part: what the file says about them cannot be judged. */
  readonly broken: ReadonlySet<string>;
}

export function checkShape(value: unknown): CatalogShape {
  const sections = withoutEmptySections(value);
  const result = CatalogFile.safeParse(sections, { error: describe });
  if (result.success) return { file: result.data, issues: [], broken: new Set() };
  const issues = result.error.issues.flatMap(toIssues);
  const broken = new Set(issues.map(({ path }) => String(path[0])));
  return { file: CatalogFile.safeParse(soundParts(sections, issues)).data, issues, broken };
}

/** `modules:` with nothing behind it says the same as no such line. */
function withoutEmptySections(value: unknown): unknown {
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, section]) => section !== null));
}

function toIssues(issue: z.core.$ZodIssue): readonly CatalogIssue[] {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(path);
    return issue.keys.map((key) => ({
      path: [...path, key],
      message: 'is no key that a catalog has here',
      unknown: { name: key, known },
    }));
  }
  return [{ path, message: issue.message }];
}

/** Drops a broken service key, a broken service, or a whole broken section. */
function soundParts(value: unknown, issues: readonly CatalogIssue[]): unknown {
  if (!isMap(value)) return undefined;
  const services = isMap(value.services) ? { ...value.services } : {};
  const sound: Record<string, unknown> = { ...value, services };
  for (const { path } of issues) {
    const [section, name, key] = path;
    if (section !== 'services') delete sound[String(section)];
    if (section !== 'services' || name === undefined) continue;
    const service = services[name];
    if (isMap(service) && key !== undefined) services[name] = without(service, String(key));
    else delete services[name];
  }
  return { platform: 'v0.0.0', ...sound };
}

function without(value: Readonly<Record<string, unknown>>, key: string): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What is wrong and what would be right, for shapes; grammars bring their own words. */
function describe(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return 'is missing';
      return `must be ${KINDS[issue.expected] ?? issue.expected}, not ${found(issue.input)}${advice(issue)}`;
    case 'invalid_value':
      return `must be ${issue.values.map((value) => `'${String(value)}'`).join(' or ')}, not ${found(issue.input)}`;
    case 'invalid_key':
      return issue.issues.map(({ message }) => message).join('; ');
    case 'too_small':
      return issue.origin === 'number'
        ? `must be ${issue.minimum} or more, not ${found(issue.input)}`
        : 'must not be empty';
    case 'too_big':
      return `must be ${issue.maximum} or less, not ${found(issue.input)}`;
    default:
      return undefined;
  }
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  int: 'a whole number',
  number: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of keys',
  record: 'a map of names',
};

function found(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  return typeof value === 'string' ? `the text '${excerpt(value, 60)}'` : String(value);
}

/** YAML reads 3.10 as a number and `no` as text: the two slips that people make. */
function advice(issue: { readonly expected?: unknown; readonly input?: unknown }): string {
  const isPlain = typeof issue.input === 'number' || typeof issue.input === 'boolean';
  return issue.expected === 'string' && isPlain ? '; write it in quotes' : '';
}
