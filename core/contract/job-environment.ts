/** Contract, shared: names that the state machine, the build projects and the buildspecs use. */

/** Environment variables of an image job, set by the state machine. `buildspecs/image.yml` may read no others but `PROJECT_ENV`. */
export const JOB_ENV = {
  run: 'RUN_ID',
  service: 'SERVICE',
  inputDigest: 'INPUT_DIGEST',
  candidate: 'CANDIDATE_IMAGE',
  bases: 'BASE_IMAGES',
  commit: 'SOURCE_COMMIT',
} as const;

/** Environment variables of a job that builds several images, instead of `JOB_ENV`. The list has what `JOB_ENV` has for one. */
export const MACHINE_JOB_ENV = {
  run: JOB_ENV.run,
  /** The location of a list of `BuildJob`: variables of a build may have few characters. */
  list: 'IMAGE_LIST',
  commit: JOB_ENV.commit,
} as const;

/** Environment variables of a command that makes an image without a Dockerfile, besides those of the job. */
export const IMAGE_COMMAND_ENV = {
  /** `host/repository:tag`: the name to push, or to load into Docker. */
  image: 'IMAGE',
  /** The same name in parts: `host/repository`, and the tag. */
  repository: 'IMAGE_REPOSITORY',
  tag: 'IMAGE_TAG',
  /** The service's platforms with commas between them, or empty for the machine's own. */
  platforms: 'IMAGE_PLATFORMS',
  /** The labels that the image should have, as `name=value` with commas between them. No value has a comma. */
  labels: 'IMAGE_LABELS',
  /** A folder with a file for each of the service's secrets, named by its id. Empty if it has none. */
  secrets: 'IMAGE_SECRETS',
  /** A folder with the socket of an ssh agent for each id of `ssh`; that of `default` is in `SSH_AUTH_SOCK`, too. Empty if it has none. */
  ssh: 'IMAGE_SSH',
  /** `true` if the image is rebuilt because of its age, so that nothing of an earlier build may be used. Empty otherwise. */
  noCache: 'IMAGE_NO_CACHE',
} as const;

/** The archive of the monorepo's files at the job's commit, which a job finds in its folder when it begins. */
export const SOURCE_ARCHIVE = 'source.tar.gz';

/** Environment variables of the build project of images, the same for all jobs of a deployment. */
export const PROJECT_ENV = {
  /** The location of the job tool (one JavaScript file), which the job fetches. */
  tool: 'JOB_TOOL',
  /** Path of the catalog in the monorepo. */
  catalogFile: 'CATALOG_FILE',
  /** `host/namespace` of the release repositories. A FROM below it is an image of the catalog, whose digest is an input. */
  releases: 'RELEASE_NAMESPACE',
  /** Registry host that the job logs in to, or empty if no login is needed. */
  loginRegistry: 'LOGIN_REGISTRY',
  /** `host/repository` of build caches, or empty if the Docker engine keeps its own. */
  cacheRepository: 'CACHE_REPOSITORY',
  /** Mirrors of other hosts as JSON: `host/prefix` by host. */
  mirrors: 'BASE_MIRRORS',
  /** The images that builds run, as JSON: `BuildImages` of `core/image/build-images.ts`. Unset: the pinned ones. */
  buildImages: 'BUILD_IMAGES',
  /** Places of secrets by id, as JSON: an ARN, or on one machine `env:NAME` or `file:/path`. */
  secrets: 'BUILD_SECRETS',
  /** Web address of the monorepo for the image's label, or empty. */
  repositoryUrl: 'REPOSITORY_URL',
} as const;

/** Environment variables of every build project, if the settings name private certificate authorities. */
export const AUTHORITIES_ENV = {
  /** `bucket/key` of the file with their certificates, which the job fetches. */
  location: 'CERTIFICATE_AUTHORITIES',
  /** Where it writes the file, and where Node and the job tool look for it. */
  file: 'NODE_EXTRA_CA_CERTS',
} as const;

/**
 * Part of every input digest. Raise it when `buildspecs/image.yml` would make another image of the same inputs, or when the digest counts
 * its inputs in another way.
 */
export const RECIPE_VERSION = '3';

/** The former recipe, by the one that makes the same images. What was recorded under its digests is still found. */
export const FORMER_RECIPES: Readonly<Record<string, string>> = { '3': '2' };

/** Environment variables of a module job, set by the state machine. `buildspecs/module.yml` may read no others but `MODULE_PROJECT_ENV`. */
export const MODULE_JOB_ENV = {
  run: 'RUN_ID',
  module: 'MODULE',
  /** A `ModuleKind`. */
  kind: 'PACKAGE_KIND',
  contentDigest: 'CONTENT_DIGEST',
  version: 'PACKAGE_VERSION',
  packages: 'PACKAGE_FOLDER',
  commit: 'SOURCE_COMMIT',
} as const;

/** Environment variables of the build project of modules. */
export const MODULE_PROJECT_ENV = {
  tool: PROJECT_ENV.tool,
  catalogFile: PROJECT_ENV.catalogFile,
  /** Domain and repository of CodeArtifact, from which a build installs. Empty if the machine's own index is used. */
  domain: 'PACKAGE_DOMAIN',
  repository: 'PACKAGE_REPOSITORY',
} as const;

/** Environment variables of a deployment or a check that is a command, set by the state machine. `buildspecs/command.yml` may read no others. */
export const COMMAND_ENV = {
  run: 'RUN_ID',
  name: 'COMMAND_NAME',
  seconds: 'COMMAND_SECONDS',
  environment: 'ENVIRONMENT',
  commit: 'RELEASE_COMMIT',
  /** Path of the script; empty for Helm. */
  script: 'SCRIPT',
  /** Cluster and namespace; empty if the settings name none. */
  cluster: 'CLUSTER',
  namespace: 'NAMESPACE',
  /** Path of the chart, name of the release, and paths of the values files with commas between them, for Helm. */
  chart: 'HELM_CHART',
  release: 'HELM_RELEASE',
  values: 'HELM_VALUES',
} as const;
