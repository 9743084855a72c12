/** The shape of a `pipeline.yaml`, part by part. What parts say about each other is checked in `catalog-rules.ts`. */
import * as z from 'zod';
import { COMPUTE_SIZES } from '../build-machine';
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
} from './catalog-grammar';
import { excerpt } from './catalog-issue';

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
export function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  const parts = { stages: stageKeys, modules: moduleKeys, services: serviceKeys, defaults: sharedKeys };
  const [section] = path;
  if (section === 'modules' && path[2] === 'publish') return Object.keys(publishKeys);
  return Object.keys(
    typeof section === 'string' && Object.hasOwn(parts, section) ? parts[section as keyof typeof parts] : fileKeys,
  );
}
