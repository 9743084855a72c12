/** Names that the state machine, the build project and the buildspec share. */

/** Environment variables of a job: what the state machine sets, and all that `buildspecs/image.yml` may read. */
export const JOB_ENV = {
  run: 'RUN_ID',
  service: 'SERVICE',
  inputDigest: 'INPUT_DIGEST',
  candidate: 'CANDIDATE_IMAGE',
  bases: 'BASE_IMAGES',
  commit: 'SOURCE_COMMIT',
} as const;

/** The monorepo's files at the job's commit, as a job finds them in its folder when it begins. */
export const SOURCE_ARCHIVE = 'source.tar.gz';

/** Environment variables of the build project, the same for all jobs of a deployment. */
export const PROJECT_ENV = {
  /** Where the job tool (one JavaScript file) lies, as the job fetches it. */
  tool: 'JOB_TOOL',
  /** Path of the catalog in the monorepo. */
  catalogFile: 'CATALOG_FILE',
  /** `host/namespace` of the release repositories: a FROM below it is an image of ours, whose digest is an input. */
  releases: 'RELEASE_NAMESPACE',
  /** Registry host that the job logs in to, or empty where no login is needed. */
  loginRegistry: 'LOGIN_REGISTRY',
  /** `host/repository` of build caches, or empty where the engine keeps what it built. */
  cacheRepository: 'CACHE_REPOSITORY',
  /** Where images of other hosts are pulled instead: JSON, `host/prefix` by host. */
  mirrors: 'BASE_MIRRORS',
  /** Web address of the monorepo, for the image's label; empty if it has none. */
  repositoryUrl: 'REPOSITORY_URL',
} as const;

/** Part of every input digest: raise it when `buildspecs/image.yml` would make another image of the same inputs. */
export const RECIPE_VERSION = '2';

/** Environment variables of a module job: what the state machine sets, and all that `buildspecs/module.yml` may read. */
export const MODULE_JOB_ENV = {
  run: 'RUN_ID',
  module: 'MODULE',
  contentDigest: 'CONTENT_DIGEST',
  packages: 'PACKAGE_FOLDER',
  commit: 'SOURCE_COMMIT',
} as const;

/** Environment variables of the build project of modules. */
export const MODULE_PROJECT_ENV = {
  tool: PROJECT_ENV.tool,
  catalogFile: PROJECT_ENV.catalogFile,
  /** CodeArtifact's domain and repository, from which a build installs; empty where the machine's own index is taken. */
  domain: 'PACKAGE_DOMAIN',
  repository: 'PACKAGE_REPOSITORY',
} as const;
