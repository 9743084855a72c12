/** Checks the input of a run against its commit before anything is built, and reports all problems at once. */
import { awaitedStages, type Catalog, type Service } from '../catalog/model';
import { InvalidInputError, type Problem } from '../contract/errors';
import type { Plan } from '../contract/plan';
import type { SourceInput } from '../contract/run-input';
import type { ServiceInputs } from '../input-digest/inputs';
import { ungivenSecrets } from '../input-digest/secrets/secret-mounts';
import { publishingModules } from '../modules/plan-modules';
import type { Environment } from '../settings/environment-schema';
import { type FileSettings, filesOf, ownPaths } from '../settings/files/environment-files';
import { writeFiles } from '../values/release-edits';
import type { VersionLock } from '../version/version-lock';
import { concernedServices, releasedVersion } from './build-plan';

/** Everything that the check depends on. */
interface PlanInput {
  readonly input: SourceInput;
  readonly source: {
    readonly catalog: Catalog;
    readonly lock: VersionLock;
    /** Texts of the environment's files by path. */
    readonly texts: ReadonlyMap<string, string>;
    readonly inputs: ReadonlyMap<string, ServiceInputs>;
    readonly environment: Environment;
    /** Services whose builds read files that the run's own commit writes, with these files. */
    readonly rewritten: ReadonlyMap<string, readonly string[]>;
  };
  /** Stages of the deployed state machine. */
  readonly stages: readonly string[];
  /** Stages of the deployed state machine that publish modules. */
  readonly publishing: readonly string[];
  /** Ids of the secrets that the settings have. */
  readonly secrets: readonly string[];
}

/**
 * Throws `InvalidInput` for services, versions and stages that cannot be right, and `ValuesFile` if the tags cannot be written into the values
 * files. Otherwise, the run would fail after an hour of builds.
 */
export function checkPlanInput({ input, source, stages, publishing, secrets }: PlanInput): void {
  const problems = [
    ...unknownServices(input.action === 'build' ? input.services : [], source.catalog),
    ...unknownChartServices(source.environment, source.catalog),
    ...undeployedStages(source.catalog, stages),
    ...undeployedPublishing(source.catalog, publishing),
    ...unknownSecrets(source.catalog, secrets),
    ...missingSecrets(source.catalog, source.inputs),
    ...imageOrderProblems(source.catalog, source.inputs),
    ...versionProblems(input, source),
  ];
  if (problems.length > 0) throw new InvalidInputError('the run cannot be planned', problems);
  rehearseValuesEdit(input, source);
}

/** Returns a problem for each name that the catalog does not have, with the names that may have been meant. */
export function unknownServices(names: readonly string[], catalog: Catalog): Problem[] {
  const known = new Set(catalog.services.map((service) => service.name));
  return names
    .filter((name) => !known.has(name))
    .map((name) => ({
      path: 'services',
      message: `'${name}' is not a service of the catalog; ${nearest(name, known)}`,
    }));
}

/** Returns a problem for each chart of the environment that is to have the version of a service that the catalog does not have. */
export function unknownChartServices({ name, charts = [] }: Environment, catalog: Catalog): Problem[] {
  return charts.flatMap(({ service }, index) => {
    const path = `environments.${name}.charts.${index}.service`;
    return unknownServices(service === undefined ? [] : [service], catalog).map((problem) => ({ ...problem, path }));
  });
}

/** Suggests names that share a beginning with the given one, or contain it, or are contained in it. */
function nearest(name: string, known: ReadonlySet<string>): string {
  const bare = name.toLowerCase().replace(/[^a-z0-9]/g, '');
  const near = [...known].filter((other) => {
    const plain = other.toLowerCase().replace(/[^a-z0-9]/g, '');
    return plain.includes(bare) || bare.includes(plain) || (bare.length > 3 && plain.startsWith(bare.slice(0, 4)));
  });
  return near.length > 0 ? `did you mean ${near.slice(0, 3).join(', ')}?` : `it has ${known.size} others`;
}

function undeployedStages(catalog: Catalog, stages: readonly string[]): Problem[] {
  return catalog.stages
    .filter((stage) => !stages.includes(stage.name))
    .map((stage) => ({
      path: `stages.${stage.name}`,
      message: `the deployed state machine has no such stage (it has ${stages.join(', ')}); deploy the app with this catalog first`,
    }));
}

/** Returns a problem for each secret that the settings do not have: its build would fail. */
function unknownSecrets(catalog: Catalog, known: readonly string[]): Problem[] {
  return catalog.services.flatMap(({ name, secrets = [], ssh = {} }) =>
    [...secrets.map((id) => ({ key: 'secrets', id })), ...Object.values(ssh).map((id) => ({ key: 'ssh', id }))]
      .filter(({ id }) => !known.includes(id))
      .map(({ key, id }) => ({
        path: `services.${name}.${key}`,
        message: `the setting buildSecrets has no '${id}' (it has ${known.join(', ') || 'none'}); add its ARN there and deploy, or remove it here`,
      })),
  );
}

const SECRET_KEYS = { secret: 'secrets', ssh: 'ssh' } as const;

/** Returns a problem for each mount of a secret that cannot do without it, and does not get it. */
export function missingSecrets(catalog: Catalog, inputs: ReadonlyMap<string, ServiceInputs>): Problem[] {
  return catalog.services.flatMap((service) =>
    ungivenSecrets(service, inputs.get(service.name)?.secretMounts ?? [])
      .filter(({ isRequired }) => isRequired)
      .map(({ kind, text }) => ({ path: `services.${service.name}.${SECRET_KEYS[kind]}`, message: text })),
  );
}

/** Returns a warning for each mount of an image to build that runs without its secret. */
export function secretWarnings(
  services: Plan['services'],
  catalog: Catalog,
  inputs: ReadonlyMap<string, ServiceInputs>,
): readonly string[] {
  const built = new Set(services.filter(({ action }) => action === 'build').map(({ name }) => name));
  return catalog.services
    .filter(({ name }) => built.has(name))
    .flatMap((service) => ungivenSecrets(service, inputs.get(service.name)?.secretMounts ?? []))
    .map(({ text }) => text);
}

/** Returns the paths that a commit of the pipeline may write. */
export function committedPaths(environment: FileSettings, catalog: Catalog): readonly string[] {
  const { modules } = filesOf(environment);
  const publishes = publishingModules(catalog).length > 0;
  return ownPaths(environment).filter((path) => publishes || path !== modules);
}

/** Returns a warning if builds read files that each commit of the pipeline writes. */
export function rewrittenWarnings(rewritten: ReadonlyMap<string, readonly string[]>): readonly string[] {
  if (rewritten.size === 0) return [];
  const names = [...rewritten.keys()];
  const paths = [...new Set([...rewritten.values()].flat())].sort();
  const more = names.length > 5 ? ` and ${names.length - 5} more` : '';
  return [
    `the images of ${names.slice(0, 5).join(', ')}${more} contain files that the pipeline commits (${paths.join(', ')}), so that each of its commits makes the next run build them again; ${EXCLUDE}`,
  ];
}

const EXCLUDE = 'exclude these files in .dockerignore, or keep them in a values repository';

function undeployedPublishing(catalog: Catalog, publishing: readonly string[]): Problem[] {
  return publishingModules(catalog)
    .filter(({ publish }) => !publishing.includes(publish.stage))
    .map(({ name, publish }) => ({
      path: `modules.${name}.publish`,
      message: `the deployed state machine publishes no modules in the stage '${publish.stage}'; deploy the app with this catalog first`,
    }));
}

function versionProblems(input: SourceInput, { catalog, lock, inputs, rewritten }: PlanInput['source']): Problem[] {
  if (input.action === 'push') return [];
  const concerned = concernedServices(catalog, input).filter(
    (service) => input.action === 'build' || service.versioning === 'platform',
  );
  const taken = concerned.flatMap((service): Problem[] => {
    const locked = lock.get(service.name);
    if (locked?.version !== input.version || locked.inputDigest === inputs.get(service.name)?.inputDigest) return [];
    const own = rewritten.get(service.name);
    const read = own?.join(', ') || 'an image with files';
    const why = own === undefined ? '' : `. Its build reads ${read}, which the release itself wrote; ${EXCLUDE}`;
    const message = `${input.version} of ${service.name} was released from ${locked.source.slice(0, 8)} with other content; a version is given once, so choose the next one${why}`;
    return [{ path: 'version', message }];
  });
  return [...taken, ...fromProblems(input, concerned, lock)];
}

/** Checks that some service is at `from`. A run that is started again finds the services at `version` already. */
function fromProblems(input: SourceInput, services: readonly Service[], lock: VersionLock): Problem[] {
  if (input.action !== 'release' || input.from === undefined) return [];
  const { from, version } = input;
  const versions = new Set(services.flatMap(({ name }) => lock.get(name)?.version ?? []));
  if (versions.size === 0 || versions.has(from) || versions.has(version)) return [];
  const message = `is ${from}, but no service is at it; the version lock has ${[...versions].sort().slice(0, 5).join(', ')}`;
  return [{ path: 'from', message }];
}

/**
 * Edits the values files in memory, so that a missing path fails the run before the first build. Each service gets a different
 * digest, and on a push a different version, so that two services that share a tag or a pinned digest are noticed.
 */
function rehearseValuesEdit(input: SourceInput, source: PlanInput['source']): void {
  const versionOf = (service: Service, index: number): string => {
    if (input.action === 'push') return `v0.0.0-rehearsal-${index}`;
    return input.action === 'build' ? input.version : releasedVersion(service, input.version, source);
  };
  const services = concernedServices(source.catalog, input).map((service, index) => ({
    name: service.name,
    version: versionOf(service, index),
    values: service.values,
    followsPlatform: input.action === 'release' && service.versioning === 'platform',
    digest: `sha256:${String(index).padStart(64, '0')}`,
  }));
  const release = input.action === 'release' ? { platformVersion: input.version, services } : { services };
  writeFiles(filesOf(source.environment), source.texts, release);
}

/** Returns a problem for each service whose base, another image of the catalog, is not built in an earlier stage. Jobs of a stage run in parallel. */
export function imageOrderProblems(catalog: Catalog, inputs: ReadonlyMap<string, ServiceInputs>): readonly Problem[] {
  const stages = new Map(catalog.services.map((service) => [service.name, service.stage]));
  const before = awaitedStages(catalog.stages);
  return catalog.services.flatMap(({ name, stage }) =>
    (inputs.get(name)?.images ?? []).flatMap((base): Problem[] => {
      const baseStage = stages.get(base) ?? '';
      if (before.get(stage)?.has(baseStage)) return [];
      const message = `is built from the image of ${base}, which is built in stage ${baseStage}; move ${base} to a stage that '${stage}' needs`;
      return [{ path: `services.${name}.stage`, message }];
    }),
  );
}
