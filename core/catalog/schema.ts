/** The shape of a `pipeline.yaml`, part by part. What parts say about each other is checked in `catalog-rules.ts`. */
import * as z from 'zod';
import { COMPUTE_SIZES } from '../contract/job';
import {
  basePolicy,
  buildArgument,
  buildPlatform,
  buildTarget,
  folderPath,
  imageName,
  packageName,
  platformVersion,
  repositoryPath,
  serviceVersion,
  stageName,
  stageTitle,
  valuesPath,
} from './grammar';
import { type CatalogIssue, excerpt } from './issue';

const name = z.string().min(1);

const names = z.array(name);

const urgency = { error: 'must be 0 to 9, or P0 to P9; 0 is the most urgent' };

const priority = z.preprocess(
  (value) => (typeof value === 'string' && /^P[0-9]$/.test(value) ? Number(value.slice(1)) : value),
  z.int(urgency).min(0, urgency).max(9, urgency),
);

/** CodeBuild stops a build after 2160 minutes at the latest. */
const minutes = z.int().min(1).max(2160);

/** What `defaults` may hold: what services of one repository tend to share. */
const sharedKeys = {
  stage: name.optional(),
  priority: priority.optional(),
  minutes: minutes.optional(),
  /** Size of the build machine. */
  compute: z.enum(COMPUTE_SIZES).optional(),
  /** CodeBuild refuses less. */
  timeoutMinutes: z.int().min(5).max(2160).optional(),
  /** `service` is the service's own folder, `.` the repository's root. */
  context: folderPath.optional(),
  platforms: z.array(buildPlatform).optional(),
  /** What becomes of an unchanged image whose base image moved. */
  bases: basePolicy.optional(),
};

const stageKeys = {
  name: stageName,
  title: stageTitle.optional(),
  needs: names.default([]),
  maxConcurrency: z.int().min(1).max(1000).optional(),
};

const publishKeys = { package: packageName.optional(), stage: name.optional(), minutes: minutes.optional() };

/** `publish: true` takes every default, `publish: false` is as if it were not there. */
const publishing = z.preprocess(
  (value) => (typeof value === 'boolean' ? (value ? {} : undefined) : value),
  z.strictObject(publishKeys, { error: notPublishing }).optional(),
);

const moduleKeys = { path: repositoryPath, publish: publishing };

function notPublishing(issue: { readonly code: string; readonly input: unknown }): string | undefined {
  if (issue.code !== 'invalid_type') return undefined;
  return `must be true, false or a map of ${Object.keys(publishKeys).join(', ')}, not ${excerpt(JSON.stringify(issue.input), 60)}`;
}

const serviceKeys = {
  ...sharedKeys,
  path: folderPath.optional(),
  dockerfile: repositoryPath.optional(),
  image: imageName.optional(),
  target: buildTarget.optional(),
  buildArgs: z.record(buildArgument, z.string()).default({}),
  dependencies: names.default([]),
  values: z.preprocess(listOfOne, z.array(valuesPath)).optional(),
  versioning: z.enum(['platform', 'independent']).default('platform'),
  version: serviceVersion.optional(),
  retagOnly: z.boolean().default(false),
  category: z.preprocess(listOfOne, names).default([]),
  group: name.optional(),
};

const fileKeys = {
  platform: platformVersion,
  stages: z.array(z.strictObject(stageKeys)).min(1).optional(),
  defaults: z.strictObject(sharedKeys).default({}),
  modules: z.record(z.string(), z.preprocess(pathOnly, z.strictObject(moduleKeys))).default({}),
  services: z.record(z.string(), z.preprocess(pathOnly, z.strictObject(serviceKeys))),
};

/** `diworker: diworker` says where the service lies, `ngui:` that it lies where its name says. */
function pathOnly(value: unknown): unknown {
  if (value === null) return {};
  return typeof value === 'string' ? { path: value } : value;
}

function listOfOne(value: unknown): unknown {
  return typeof value === 'string' ? [value] : value;
}

export const CatalogFile = z.strictObject(fileKeys);

/** A catalog as a person wrote it, checked part by part, short forms written out. */
export type CatalogFile = z.infer<typeof CatalogFile>;

export type ServiceEntry = CatalogFile['services'][string];

export type ModuleEntry = CatalogFile['modules'][string];

/** The keys that may stand at a path of the file. */
function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  const parts = { stages: stageKeys, modules: moduleKeys, services: serviceKeys, defaults: sharedKeys };
  const [section] = path;
  if (section === 'modules' && path[2] === 'publish') return Object.keys(publishKeys);
  return Object.keys(
    typeof section === 'string' && Object.hasOwn(parts, section) ? parts[section as keyof typeof parts] : fileKeys,
  );
}

// Checks the shape of a catalog's value, and keeps what is sound of a broken one, so that all problems show at once.

interface CatalogShape {
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
