/** The schema of a `pipeline.yaml`. The rules that relate its parts are in `rules.ts`. */
import * as z from 'zod';
import { COMPUTE_SIZES, MODULE_KINDS } from '../contract/job';
import { excerpt } from '../text/shape-error';
import { build, inputPatterns } from './commands/build-keys';
import {
  basePolicy,
  buildArgument,
  buildPlatform,
  buildTarget,
  contextName,
  folderPath,
  imageName,
  platformVersion,
  repositoryPath,
  secretId,
  serviceVersion,
  stageName,
  stageTitle,
  testCommand,
} from './grammar';
import { listOfOne, withShortForm } from './short-form';
import { onePlace, placesOf, tagPlace } from './tag-place';

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
  /** A command: a list of words, or one line for `sh`. It runs in the repository's root, where `python` has the package; of an npm or Maven package or a Go module in its folder. @example ["python", "-m", "unittest"] */
  command: testCommand,
});

const publishKeys = {
  /** The kind of its package, which decides what builds it, and in which index it is. @example "npm" */
  kind: z.enum(MODULE_KINDS).default('python'),
  /** Its name in the package index; of a Go module the path in `go.mod`. Default: the last part of the module's name. @example "cloud-adapter" */
  package: z.string().optional(),
  /** The stage that publishes it, before its images are built. Default: the first. @example "tools" */
  stage: name.optional(),
  /** The expected time of its build and tests. Default: 10. @example 4 */
  minutes: minutes.optional(),
  /** Its tests, which run with the package installed, before it is published; a failed one is a failed build. Default: pytest, `npm test`, `mvn test` or `go test ./...`, if it has tests. @example { "command": ["python", "-m", "unittest"] } */
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
  /** Publishes it as a package: true (Python), or a map. Default: false. @example true */
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
  /** Further build contexts by name, each a folder: `COPY --from=shared` and `FROM shared` in the Dockerfile read them. Default: none. @example { "shared": "libs/shared" } */
  contexts: z.record(contextName, folderPath).default({}),
  /** Secrets of the setting `buildSecrets`: `RUN --mount=type=secret,id=npm` gets them, and a command their files. Their ids are inputs, their values never. Default: none. @example ["npm"] */
  secrets: z.array(secretId).default([]),
  /** Private keys of the setting `buildSecrets` by the ids of `RUN --mount=type=ssh`; without an id, an instruction mounts `default`. Default: none. @example { "default": "deploy-key" } */
  ssh: z.record(secretId, secretId).default({}),
  /** The files that `build` reads: patterns with the rules of ignore files, `!` included. Default: the folder `path`, or those of its tool. @example ["api", "go.*", "!api/docs"] */
  inputs: inputPatterns.optional(),
  /** Makes the image without a Dockerfile: a map, or shell text that is its command. Default: a Dockerfile. @example { "command": ["./make-image.sh"] } */
  build: build.optional(),
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

/** Short forms: `diworker: diworker` gives only the path, and `ngui:` takes the name as the path. */
function pathOnly(value: unknown): unknown {
  if (value === null) return {};
  return typeof value === 'string' ? { path: value } : value;
}

/** The keys of each section of the file, and of the file itself. */
export const SECTION_KEYS = {
  file: fileKeys,
  stages: stageKeys,
  modules: moduleKeys,
  services: serviceKeys,
  defaults: sharedKeys,
  publish: publishKeys,
  test: testKeys,
} as const;

export const CatalogFile = z.strictObject(fileKeys);

/** A checked catalog as a person wrote it, with short forms expanded. */
export type CatalogFile = z.infer<typeof CatalogFile>;

/** A catalog as a person writes it, short forms included. */
export type CatalogInput = z.input<typeof CatalogFile>;

export type ServiceEntry = CatalogFile['services'][string];

export type ModuleEntry = CatalogFile['modules'][string];
