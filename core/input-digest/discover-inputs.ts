/** The inputs of all services of a catalog at one commit, and their digests. */
import type { Catalog, CommandBuild, Service } from '../catalog/model';
import type { Problem } from '../contract/errors';
import { evaluateDockerfile } from '../dockerfile/evaluate/evaluate-dockerfile';
import { type Evaluation, everything } from '../dockerfile/evaluate/evaluate-stage';
import { type ImageConfig, type ImageFinder, isPinned } from '../dockerfile/evaluate/stages';
import { type Dockerfile, DockerfileError } from '../dockerfile/instruction';
import { isForeign } from '../dockerfile/parse/parse-dockerfile';
import { BuildFileReader, type BuildFiles } from './build-files';
import { commandWatch, describeCommandInputs } from './command/command-inputs';
import { matchInputs } from './command/match-inputs';
import { type DeclaredModule, describeInputs } from './describe-inputs';
import type { ServiceInputs } from './inputs';
import { folderRange, type TreeIndex } from './tree-index';
import { type Watch, watchOf } from './watch';

export interface DiscoveryArguments {
  readonly catalog: Catalog;
  readonly tree: TreeIndex;
  /** Contents by blob id, at least of the blobs that `requiredBlobs` names. */
  readonly texts: ReadonlyMap<string, Buffer>;
  /** The version of the build recipe, which is part of every digest. */
  readonly recipeVersion: string;
  /** Services by the repository names (without tag) that a Dockerfile may use for their images. */
  readonly ownImages?: ReadonlyMap<string, string>;
}

export interface Discovery {
  /** The inputs by service, without services that have problems. */
  readonly inputs: ReadonlyMap<string, ServiceInputs>;
  /** All problems of all services, with paths such as `services.auth.dockerfile`. */
  readonly problems: readonly Problem[];
  /** The paths by service whose changes can change its inputs. A service with problems is absent. */
  readonly watches: ReadonlyMap<string, Watch>;
}

/** Discovers the inputs of every service. A problem of one service affects only those that are built from its image. */
export function discoverInputs(discovery: DiscoveryArguments): Discovery {
  const walk = new DiscoveryWalk(discovery);
  for (const service of discovery.catalog.services) walk.visit(service);
  return { inputs: walk.inputs, problems: walk.problems, watches: walk.watches };
}

class DiscoveryWalk {
  readonly inputs = new Map<string, ServiceInputs>();
  readonly problems: Problem[] = [];
  readonly watches = new Map<string, Watch>();
  private readonly images = new Map<string, ImageConfig>();
  /** The services that are being visited, outermost first. */
  private readonly path: string[] = [];
  private readonly done = new Set<string>();
  private readonly services: ReadonlyMap<string, Service>;
  private readonly modules: ReadonlyMap<string, DeclaredModule & { readonly at: number }>;
  private readonly discovery: DiscoveryArguments;
  private readonly files: BuildFileReader;

  constructor(discovery: DiscoveryArguments) {
    this.discovery = discovery;
    this.services = new Map(discovery.catalog.services.map((service) => [service.name, service]));
    this.modules = new Map(
      discovery.catalog.modules.map((module, at) => {
        const range = folderRange(discovery.tree, module.path);
        return [module.name, { ...module, range, at }];
      }),
    );
    this.files = new BuildFileReader(discovery.tree, discovery.texts);
  }

  visit(service: Service): void {
    if (this.done.has(service.name)) return;
    this.path.push(service.name);
    try {
      this.discover(service);
    } finally {
      this.path.pop();
      this.done.add(service.name);
    }
  }

  private discover(service: Service): void {
    if (service.build !== undefined) {
      this.discoverCommand(service, service.build);
      return;
    }
    const files = this.files.read(service);
    if ('problems' in files) {
      this.problems.push(...files.problems);
      return;
    }
    try {
      const evaluation = evaluateService(service, files, this.finder);
      const images = evaluation.services.map((name) => this.inputs.get(name)).filter((each) => each !== undefined);
      const { tree, recipeVersion } = this.discovery;
      const declared = this.declaredBy(service);
      const described = describeInputs({
        service,
        files,
        evaluation,
        images,
        declared,
        tree,
        recipeVersion,
      });
      this.inputs.set(service.name, described);
      this.images.set(service.name, evaluation.image);
      const { reads, services } = evaluation;
      const { hasLinks } = this.files;
      const watch = services.length > 0 ? 'everything' : watchOf({ service, reads, declared, tree, hasLinks });
      this.watches.set(service.name, watch);
    } catch (error) {
      if (!(error instanceof DockerfileError)) throw error;
      this.problems.push(dockerfileProblem(service, error));
    }
  }

  private discoverCommand(service: Service, build: CommandBuild): void {
    const { tree, recipeVersion } = this.discovery;
    const matched = matchInputs(tree, build);
    this.problems.push(...matched.problems.map((message) => ({ path: `services.${service.name}.inputs`, message })));
    if (matched.problems.length > 0) return;
    const declared = this.declaredBy(service);
    const described = describeCommandInputs({ service, build, matched, declared, tree, recipeVersion });
    this.inputs.set(service.name, described);
    this.images.set(service.name, UNKNOWN_IMAGE);
    this.watches.set(service.name, commandWatch(build, declared));
  }

  private declaredBy({ dependencies }: Service): readonly DeclaredModule[] {
    const modules = dependencies.flatMap((name) => this.modules.get(name) ?? []);
    return modules.sort((one, other) => one.at - other.at);
  }

  private readonly finder: ImageFinder = {
    find: (repository) => {
      const service = this.ownerOf(repository);
      if (service === undefined) return undefined;
      const at = this.path.indexOf(service.name);
      if (at >= 0) {
        const cycle = [...this.path.slice(at), service.name].join(' -> ');
        throw new DockerfileError(`its image is built from itself: ${cycle}; let one of them start from another image`);
      }
      this.visit(service);
      const image = this.images.get(service.name);
      if (image !== undefined) return { service: service.name, image };
      throw new DockerfileError(`it uses ${repository}, the image of service ${service.name}, which cannot be planned`);
    },
    startingWith: (start) => {
      const repositories = [...(this.discovery.ownImages?.keys() ?? [])].filter((name) => name.startsWith(start));
      const services = repositories.map((name) => this.ownerOf(name)).filter((service) => service !== undefined);
      const usable = services.filter(({ name }) => !this.path.includes(name));
      for (const service of usable) this.visit(service);
      return usable.map(({ name }) => name).filter((name) => this.images.has(name));
    },
  };

  private ownerOf(repository: string): Service | undefined {
    const name = this.discovery.ownImages?.get(repository);
    return name === undefined ? undefined : this.services.get(name);
  }
}

/** Returns the problem of a Dockerfile, with its path and line. */
function dockerfileProblem(service: Service, { message, line }: DockerfileError): Problem {
  const where = line === undefined ? service.dockerfile : `${service.dockerfile}:${line}`;
  return {
    path: `services.${service.name}.dockerfile`,
    message: `${where}: ${message}`,
    ...(line === undefined ? {} : { line }),
  };
}

/** Evaluates the Dockerfile of a service for each of its platforms. Throws `DockerfileError` if Docker would refuse to build. */
export function evaluateService(service: Service, files: BuildFiles, images: ImageFinder): Evaluation {
  const { target, test, buildArgs, platforms } = service;
  const given = Object.hasOwn(buildArgs, 'BUILDKIT_SYNTAX') ? buildArgs.BUILDKIT_SYNTAX : undefined;
  if (isForeign(given)) return foreignEvaluation(given);
  if (files.dockerfile.kind === 'foreign') return foreignEvaluation(files.dockerfile.syntax);
  const { dockerfile } = files.dockerfile;
  const contexts = new Set(files.named.keys());
  const each = [...new Set(platforms.length === 0 ? [undefined] : platforms)];
  const evaluate = (stage: string | undefined) =>
    each
      .map((platform) => evaluateDockerfile(dockerfile, { target: stage, buildArgs, platform, images, contexts }))
      .reduce(joinEvaluations);
  const built = evaluate(target);
  const isTested = test !== undefined && 'target' in test;
  // What the tests read makes the tests run again, so it counts. The image itself is that of its own target.
  const all = isTested ? { ...joinEvaluations(built, evaluate(test.target)), image: built.image } : built;
  const syntax = given ?? dockerfile.syntax;
  const epoch = epochDoubts(dockerfile, buildArgs);
  const whole = [...wholeFileDoubts(syntax, dockerfile.check, service, all), ...epoch];
  return {
    ...all,
    reads: epoch.length > 0 ? [...all.reads, everything(1)] : all.reads,
    effects: whole.length > 0 ? undefined : all.effects,
    doubts: [...all.doubts, ...frontendDoubts(syntax, all, contexts.size > 0), ...whole],
  };
}

/** Returns the doubt about a `SOURCE_DATE_EPOCH` that is no number: it can name a stage that is not built, or a context, whose time BuildKit takes. */
function epochDoubts({ globalArgs }: Dockerfile, buildArgs: Service['buildArgs']): Evaluation['doubts'] {
  const name = 'SOURCE_DATE_EPOCH';
  const values = globalArgs.flatMap(({ args }) => args.flatMap((arg) => (arg.name === name ? (arg.value ?? '') : [])));
  const given = Object.hasOwn(buildArgs, name) ? buildArgs[name] : undefined;
  const text = `${name} is no number, so every file and every byte of the Dockerfile counts`;
  return [...values, given ?? ''].every((value) => /^\d*$/.test(value)) ? [] : [{ line: 1, text }];
}

/** Docker's frontends that are known to drop comments and blank lines and to take heredocs: 1.4 and later, and the built-in one. */
const KNOWN_FRONTEND = /docker\/dockerfile(?::(?:1|latest|labs|1-labs|1\.(?:[4-9]|\d{2,})(?:\.\d+)?(?:-labs)?))?$/;

/** Returns the reasons for which every byte of a Dockerfile counts, and not only the instructions of the stages that are built. */
function wholeFileDoubts(
  syntax: string | undefined,
  check: string | undefined,
  { buildArgs }: Service,
  { effects = [] }: Evaluation,
): Evaluation['doubts'] {
  const [frontend = '', digest] = (syntax ?? '').split('@');
  const isKnown =
    syntax === undefined ||
    syntax === 'dockerfile.v0' ||
    (KNOWN_FRONTEND.test(frontend) && (digest === undefined || frontend.includes('dockerfile:')));
  const isChecked = /error\s*=\s*true/i.test(check ?? '') || Object.hasOwn(buildArgs, 'BUILDKIT_DOCKERFILE_CHECK');
  const texts = [
    ...(isKnown ? [] : [`syntax=${syntax} is no version of Docker's language that is known to skip comments`]),
    ...(isChecked ? ['with error=true, the checks of BuildKit can refuse a comment'] : []),
    ...(effects.some((effect) => effect.includes('\uFFFD')) ? ['it has bytes that are not UTF-8'] : []),
  ];
  return texts.map((text) => ({ line: 1, text: `${text}, so every byte of the Dockerfile counts` }));
}

/** Frontends before 1.4, and those of before 1.0. */
const OLD_FRONTEND = /docker\/dockerfile(?:-upstream)?:(?:1\.[0-3](?:[.-].*)?|experimental)$/;

/** Returns the doubt about a frontend that takes no named contexts, by which a job gives BuildKit its base images. */
function frontendDoubts(
  syntax: string | undefined,
  { bases, services }: Evaluation,
  hasContexts: boolean,
): Evaluation['doubts'] {
  if (syntax === undefined || !OLD_FRONTEND.test(syntax)) return [];
  if (!hasContexts && services.length === 0 && bases.every(({ name }) => isPinned(name))) return [];
  const text = `syntax=${syntax} is older than 1.4 and takes no named contexts, by which a build gets base images and folders, so it will fail in AWS; write docker/dockerfile:1`;
  return [{ line: 1, text }];
}

/** What is known of an image that no Dockerfile of Docker's language makes. */
const UNKNOWN_IMAGE: ImageConfig = { env: new Map(), complete: false, triggers: [] };

/** Returns the evaluation of a file in another language, which may read anything. */
function foreignEvaluation(syntax: string): Evaluation {
  return {
    reads: [everything(1)],
    doubts: [{ line: 1, text: `syntax=${syntax} is not Docker's own Dockerfile language` }],
    services: [],
    bases: [],
    instructions: [],
    image: UNKNOWN_IMAGE,
    effects: undefined,
  };
}

function joinEvaluations(a: Evaluation, b: Evaluation): Evaluation {
  return {
    reads: uniqueBy([...a.reads, ...b.reads], (read) => JSON.stringify(read)),
    doubts: uniqueBy([...a.doubts, ...b.doubts], (doubt) => `${doubt.line} ${doubt.text}`),
    services: [...new Set([...a.services, ...b.services])],
    bases: uniqueBy([...a.bases, ...b.bases], (base) => `${base.line} ${base.name}`),
    instructions: [...new Set([...a.instructions, ...b.instructions])],
    image: joinImages(a.image, b.image),
    effects: a.effects && b.effects && [...new Set([...a.effects, ...b.effects])].sort(),
  };
}

/** Joins what two platforms leave in the image. A variable that differs between them has no known value. */
function joinImages(a: ImageConfig, b: ImageConfig): ImageConfig {
  const names = [...new Set([...a.env.keys(), ...b.env.keys()])];
  const env = new Map(
    names.map((name) => [name, a.env.get(name) === b.env.get(name) ? (a.env.get(name) ?? null) : null]),
  );
  return { env, complete: a.complete && b.complete, triggers: a.triggers };
}

function uniqueBy<T>(items: readonly T[], key: (item: T) => string): readonly T[] {
  return [...new Map(items.map((item) => [key(item), item])).values()];
}
