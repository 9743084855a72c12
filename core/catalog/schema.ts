/** The schema of a `pipeline.yaml`. The rules that relate its parts are in `rules.ts`. */
import * as z from 'zod';
import { COMPUTE_SIZES } from '../contract/job';
import { closest } from '../text/closest';
import { describeShape, excerpt, showKind } from '../text/shape-error';
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
  testCommand,
} from './grammar';
import type { CatalogIssue } from './issue';
import { onePlace, placesOf, tagPlace } from './tag-place';

const SHORT_FORMS = new WeakMap<z.core.$ZodType, z.ZodType>();

const name = z.string().min(1);

const names = z.array(name);

const urgency = { error: 'must be 0 to 9, or P0 to P9; 0 is the most urgent' };

const priority = withShortForm(z.int(urgency).min(0, urgency).max(9, urgency), z.string().regex(/^P[0-9]$/), (value) =>
  typeof value === 'string' && /^P[0-9]$/.test(value) ? Number(value.slice(1)) : value,
);

/** CodeBuild stops a build after 2160 minutes at the latest. */
const minutes = z.int().min(1).max(2160);

/** Keys of `defaults`: those that services of one repository tend to share. */
const sharedKeys = {
  /** The stage in which it is built. Default: the first. @example "critical" */
  stage: name.optional(),
  /** Order within the stage: 0 or P0 is the most urgent, 9 the least. Default: 2. @example "P0" */
  priority: priority.optional(),
  /** The expected build time, for estimates and the time limit. Default: 10. @example 12 */
  minutes: minutes.optional(),
  /** Size of the build machine. Default: medium. @example "large" */
  compute: z.enum(COMPUTE_SIZES).optional(),
  /** The limit of a build. Default: `minutes` times the setting `timeoutFactor`. CodeBuild refuses less than 5. @example 60 */
  timeoutMinutes: z.int().min(5).max(2160).optional(),
  /** The build context: a folder, `service` for the service's own folder, `.` for the repository's root. Default: `.`. @example "service" */
  context: folderPath.optional(),
  /** Platforms to build for. Default: that of the build machine. @example ["linux/arm64"] */
  platforms: z.array(buildPlatform).optional(),
  /** The reaction to a changed base image: `recorded` keeps the image, `follow` rebuilds it, `maxAge` rebuilds at that age. Default: recorded. @example { "maxAge": "30d" } */
  bases: basePolicy.optional(),
};

const stageKeys = {
  /** Its name, for `stage` and `needs`. @example "critical" */
  name: stageName,
  /** Its title in the console. Default: the name. @example "Critical path" */
  title: stageTitle.optional(),
  /** Stages that must be done before it starts. @example ["tools"] */
  needs: names.default([]),
  /** Jobs at a time. Default: the setting of that name. @example 10 */
  maxConcurrency: z.int().min(1).max(1000).optional(),
};

/** What a module is tested with. It has no Dockerfile, so that a stage cannot test it. */
const moduleTest = z.strictObject({
  /** A command that runs in the repository's root: a list of words, or one line for `sh`. `python` is the one that has the package. @example ["python", "-m", "unittest"] */
  command: testCommand,
});

const publishKeys = {
  /** Its name in the package index. Default: the last part of the module's name. @example "cloud-adapter" */
  package: packageName.optional(),
  /** The stage that publishes it, before its images are built. Default: the first. @example "tools" */
  stage: name.optional(),
  /** The expected time of its build and tests. Default: 10. @example 4 */
  minutes: minutes.optional(),
  /** Its tests, which run with the package installed, before it is published; a failed one is a failed build. Default: pytest, if it has tests. @example { "command": ["python", "-m", "unittest"] } */
  test: moduleTest.optional(),
};

/** `publish: true` takes every default; `publish: false` means the same as no such key. */
const publishing = withShortForm(
  z.strictObject(publishKeys, { error: notPublishing }).optional(),
  z.boolean(),
  (value) => (typeof value === 'boolean' ? (value ? {} : undefined) : value),
);

const moduleKeys = {
  /** Its folder. @example "tools/cloud_adapter" */
  path: repositoryPath,
  /** Publishes it as a Python package: true, or a map. Default: false. @example true */
  publish: publishing,
};

function notPublishing(issue: { readonly code: string; readonly input: unknown }): string | undefined {
  if (issue.code !== 'invalid_type') return undefined;
  return `must be true, false or a map of ${Object.keys(publishKeys).join(', ')}, not ${excerpt(JSON.stringify(issue.input), 60)}`;
}

/** What a service is tested with after its build. Exactly one key. */
const testKeys = {
  /** The stage of the Dockerfile whose build runs the tests. Default: `command` tests. @example "tests" */
  target: buildTarget.optional(),
  /** A command that runs in the image: a list of words, or one line for `sh`. Default: `target` tests. @example ["pytest", "-q"] */
  command: testCommand.optional(),
};

const imageTest = z
  .strictObject(testKeys)
  .refine(({ target, command }) => (target === undefined) !== (command === undefined), {
    error: 'must have either a target (a stage of the Dockerfile) or a command (run in the image)',
  });

const serviceKeys = {
  ...sharedKeys,
  /** The folder with the Dockerfile. Default: the name. @example "rest_api" */
  path: folderPath.optional(),
  /** The Dockerfile. Default: `Dockerfile` in `path`. @example "rest_api/Dockerfile.prod" */
  dockerfile: repositoryPath.optional(),
  /** The name of the repository in the registry, below the namespace. Default: the name. @example "restapi" */
  image: imageName.optional(),
  /** The stage of the Dockerfile to build. Default: the last. @example "production" */
  target: buildTarget.optional(),
  /** The tests of the image. They run on the build machine, before the image is pushed; a failed one is a failed build. Default: none. @example { "target": "tests" } */
  test: imageTest.optional(),
  /** Values for `ARG`. They are inputs. @example { "MODE": "release" } */
  buildArgs: z.record(buildArgument, z.string()).default({}),
  /** Modules whose files are inputs, whether or not the Dockerfile copies them. @example ["cloud_adapter"] */
  dependencies: names.default([]),
  /** The path of the tag in the values file, or a list of them; `[]` if the chart has none. `{ api: image.tag }` is a path in the values file that the settings call `api`. Default: `<name>.image.tag`. @example ["grafana.nginx.image.tag"] */
  values: withShortForm(z.array(tagPlace), onePlace, placesOf).optional(),
  /** `independent`: it has a version line of its own, which starts at `version`. @example "independent" */
  versioning: z.enum(['platform', 'independent']).default('platform'),
  /** The first version of an independent service. An independent service requires it. Default: none. @example "v0.3.0" */
  version: serviceVersion.optional(),
  /** True if the strategy `conservative` must not rebuild it while its inputs are unchanged. @example true */
  retagOnly: z.boolean().default(false),
  /** For people only. Default: none. @example ["backend"] */
  category: withShortForm(names, z.string(), listOfOne).default([]),
  /** For people only. Default: none. @example "A" */
  group: name.optional(),
};

/** Short for a path alone; `null`, which is an empty value in YAML, takes the name as the path. */
const FOLDER = z.union([z.string(), z.null()]);

const fileKeys = {
  /** The JSON Schema of this file, for editors. Default: none. @example "https://unpkg.com/monorepo-image-pipeline/schemas/catalog.schema.json" */
  $schema: z
    .string()
    .regex(/(^|\/)catalog\.schema\.json$/, { error: 'must name catalog.schema.json; this file is a catalog' })
    .optional(),
  /** The version under development. @example "v1.4.0" */
  platform: platformVersion,
  /** Groups of builds, in the order in which the console shows them. Default: one, named services. @example [{ "name": "tools" }, { "name": "apps", "needs": ["tools"] }] */
  stages: z.array(z.strictObject(stageKeys)).min(1).optional(),
  /** Keys that all services share, unless they have their own. Default: none. @example { "minutes": 5 } */
  defaults: z.strictObject(sharedKeys).default({}),
  /** Shared source by name, each with its folder. Default: none. @example { "cloud_adapter": "tools/cloud_adapter" } */
  modules: z.record(z.string(), withShortForm(z.strictObject(moduleKeys), FOLDER, pathOnly)).default({}),
  /** The services by name. @example { "restapi": "rest_api", "auth": { "path": "auth", "minutes": 12 } } */
  services: z.record(z.string(), withShortForm(z.strictObject(serviceKeys), FOLDER, pathOnly)),
};

/** Returns the short form that a schema takes as well, for the JSON Schema of the file; undefined if it has none. */
export function shortFormOf(schema: z.core.$ZodType): z.ZodType | undefined {
  return SHORT_FORMS.get(schema);
}

/** Returns a schema that also takes a short form, which `expand` turns into the long one. */
function withShortForm<Long extends z.ZodType, Short extends z.ZodType>(
  long: Long,
  short: Short,
  expand: (value: unknown) => unknown,
): z.ZodPreprocess<Long, z.input<Long> | z.input<Short>> {
  const schema = z.preprocess<unknown, Long, z.input<Long> | z.input<Short>>(expand, long);
  SHORT_FORMS.set(schema, short);
  return schema;
}

/** Short forms: `diworker: diworker` gives only the path, and `ngui:` takes the name as the path. */
function pathOnly(value: unknown): unknown {
  if (value === null) return {};
  return typeof value === 'string' ? { path: value } : value;
}

function listOfOne(value: unknown): unknown {
  return typeof value === 'string' ? [value] : value;
}

export const CatalogFile = z.strictObject(fileKeys);

/** A checked catalog as a person wrote it, with short forms expanded. */
export type CatalogFile = z.infer<typeof CatalogFile>;

/** A catalog as a person writes it, short forms included. */
export type CatalogInput = z.input<typeof CatalogFile>;

export type ServiceEntry = CatalogFile['services'][string];

export type ModuleEntry = CatalogFile['modules'][string];

/** Returns the keys that are allowed at a path of the file. */
function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  const parts = { stages: stageKeys, modules: moduleKeys, services: serviceKeys, defaults: sharedKeys };
  const [section] = path;
  if (section === 'modules' && path[2] === 'publish') return Object.keys(publishKeys);
  if (section === 'services' && path[2] === 'test') return Object.keys(testKeys);
  return Object.keys(
    typeof section === 'string' && Object.hasOwn(parts, section) ? parts[section as keyof typeof parts] : fileKeys,
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
  const known = Object.keys(fileKeys);
  const misspelled = Object.keys(value).filter((key) => !known.includes(key) && closest(key, known) !== undefined);
  return [
    ...missing.map((key) => ({ path: [key], message: 'is missing' })),
    ...misspelled.map((key) => unknownKey([key], known)),
  ];
}

function unknownKey(path: readonly (string | number)[], known: readonly string[]): CatalogIssue {
  const name = String(path.at(-1));
  return { path, message: 'is not a key that a catalog has here', unknown: { name, known } };
}

/** Checks the shape of a catalog's value. The valid parts of a wrong one are kept, so that all problems are found at once. */
export function checkShape(value: unknown): CatalogShape {
  const sections = withoutEmptySections(value);
  const result = CatalogFile.safeParse(sections, { error: (issue) => describeShape(issue) });
  if (result.success) return { file: result.data, issues: [], broken: new Set() };
  const issues = result.error.issues.flatMap(toIssues);
  const broken = new Set(issues.map(({ path }) => String(path[0])));
  return { file: CatalogFile.safeParse(validParts(sections, issues)).data, issues, broken };
}

/** `modules:` without a value means the same as no such line. */
function withoutEmptySections(value: unknown): unknown {
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, section]) => section !== null));
}

function toIssues(issue: z.core.$ZodIssue): readonly CatalogIssue[] {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(path);
    return issue.keys.map((key) => unknownKey([...path, key], known));
  }
  return [{ path, message: issue.message }];
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
    if (isMap(service) && key !== undefined) services[name] = without(service, String(key));
    else delete services[name];
  }
  return { platform: 'v0.0.0', ...valid };
}

function without(value: Readonly<Record<string, unknown>>, key: string): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
