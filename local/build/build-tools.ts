/** Finds the tools on this machine that a local run builds with: a Docker engine for images, Python, npm, Maven and Go for modules. */
import { execFile } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { InvalidInputError } from '../../core/contract/errors';
import type { ModuleKind } from '../../core/contract/job';
import { type DockerEngine, findDockerEngine } from './docker-engine';

/** Builders of images. `auto` uses Docker if an engine is running, otherwise the embedded builder. */
export const BUILDERS = ['auto', 'docker', 'embedded'] as const;
export type Builder = (typeof BUILDERS)[number];

/** A tool of modules: its absolute path, and the variables by which it finds its index. */
export interface ModuleTool {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
}

/** The tools that build modules, by kind. The embedded builder replaces a missing one. */
export type ModuleTools = Readonly<Partial<Record<ModuleKind, ModuleTool | undefined>>>;

/** The tools that build images and modules. */
export interface BuildTools extends ModuleTools {
  readonly docker: DockerEngine | undefined;
}

/** Returns the tools among other options. */
export function toolsOf({ docker, python, npm, maven, go }: BuildTools): BuildTools {
  return { docker, python, npm, maven, go };
}

/** The options of a person. `python`, `npm`, `maven` and `go` build and test modules with these tools, which is slower and needs packages of an index. */
export interface BuilderOptions {
  readonly builder: Builder;
  readonly python?: boolean;
  readonly npm?: boolean;
  readonly maven?: boolean;
  readonly go?: boolean;
}

/** Returns the tools to build with. Throws `InvalidInput` if one was asked for and is missing. */
export async function chooseBuilder(options: BuilderOptions): Promise<BuildTools> {
  const [docker, python, npm, maven, go] = await Promise.all([
    options.builder === 'embedded' ? undefined : findDockerEngine(),
    options.python === true ? findPython() : undefined,
    options.npm === true ? findNpm() : undefined,
    options.maven === true ? findMaven() : undefined,
    options.go === true ? findGo() : undefined,
  ]);
  const problems = [
    ...(docker === undefined && options.builder === 'docker' ? [{ path: '--builder', message: NO_DOCKER }] : []),
    ...(python === undefined && options.python === true ? [{ path: '--python', message: NO_PYTHON }] : []),
    ...(npm === undefined && options.npm === true ? [{ path: '--npm', message: NO_NPM }] : []),
    ...(maven === undefined && options.maven === true ? [{ path: '--maven', message: NO_MAVEN }] : []),
    ...(go === undefined && options.go === true ? [{ path: '--go', message: NO_GO }] : []),
  ];
  if (problems.length > 0) throw new InvalidInputError('the builder cannot be used', problems);
  return { docker, python, npm, maven, go };
}

const NO_DOCKER = 'no Docker engine is running, or its client cannot build; start one, or leave --builder out';
const NO_PYTHON =
  'no python3 on the PATH has the modules ensurepip, venv, pip, build and pytest; install them (Debian: python3-venv, python3-pip, python3-build, python3-pytest), or leave --python out';

const NO_NPM = 'no npm on the PATH answers to npm --version; install Node.js with npm, or leave --npm out';
const NO_MAVEN =
  'no mvn on the PATH answers to mvn --version; install Maven and a JDK (Debian: maven), or leave --maven out';
const NO_GO = 'no go on the PATH answers to go version; install Go, or leave --go out';

/** The modules that a build uses: virtual environments, pip, the builder, and pytest. */
const REQUIRED_MODULES = 'import ensurepip, venv, pip, build, pytest';
const ANSWER_WITHIN_MS = 5_000;
/** Variables by which the tools find their indexes. A build gets no other variables of this process. */
const KEPT_VARIABLES =
  /^(HOME|LANG|PIP_\w+|npm_config_\w+|\w*_proxy|SSL_CERT_FILE|REQUESTS_CA_BUNDLE|NODE_EXTRA_CA_CERTS|JAVA_HOME|MAVEN_OPTS|MAVEN_ARGS|CGO_ENABLED|GO(AUTH|CACHE|FLAGS|INSECURE|MODCACHE|NOPROXY|NOSUMDB|PATH|PRIVATE|PROXY|SUMDB|TOOLCHAIN|VCS))$/i;

type Environment = Readonly<Record<string, string | undefined>>;

/** Returns the first Python on the PATH, or Debian's own, that has all required modules; undefined if none has. */
export async function findPython(env: Environment = process.env): Promise<ModuleTool | undefined> {
  return findTool([...onPath('python3', env), '/usr/bin/python3'], ['-c', REQUIRED_MODULES], env);
}

/** Returns the first npm on the PATH that works; undefined if none does. */
export async function findNpm(env: Environment = process.env): Promise<ModuleTool | undefined> {
  return findTool(onPath('npm', env), ['--version'], env);
}

/** Returns the first Maven on the PATH that works, with its JDK; undefined if none does. */
export async function findMaven(env: Environment = process.env): Promise<ModuleTool | undefined> {
  return findTool(onPath('mvn', env), ['--version'], env);
}

/** Returns the first Go on the PATH that works; undefined if none does. */
export async function findGo(env: Environment = process.env): Promise<ModuleTool | undefined> {
  return findTool(onPath('go', env), ['version'], env);
}

function onPath(program: string, env: Environment): readonly string[] {
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder.startsWith('/'));
  return folders.map((folder) => join(folder, program));
}

/** Returns the first of the programs that succeeds with the arguments. */
async function findTool(
  paths: readonly string[],
  args: readonly string[],
  env: Environment,
): Promise<ModuleTool | undefined> {
  for (const path of new Set(paths)) if (await succeeds(path, args)) return { path, env: keptVariables(env) };
  return undefined;
}

function succeeds(path: string, args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    execFile(path, args, { timeout: ANSWER_WITHIN_MS }, (error) => resolve(error === null));
  });
}

function keptVariables(env: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter(
      (entry): entry is [string, string] => KEPT_VARIABLES.test(entry[0]) && entry[1] !== undefined,
    ),
  );
}
