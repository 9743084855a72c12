/** Finds the tools on this machine that a local run builds with: a Docker engine for images, Python, npm, Maven and Go for modules. */
import { execFile } from 'node:child_process';
import { InvalidInputError } from '../../core/contract/errors';
import { MODULE_KINDS, type ModuleKind } from '../../core/contract/job';
import { type DockerEngine, findDockerEngine, onPath } from './docker-engine';

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
export interface BuilderOptions extends Readonly<Partial<Record<ModuleKind, boolean>>> {
  readonly builder: Builder;
}

/** Returns the tools to build with. Throws `InvalidInput` if one was asked for and is missing. */
export async function chooseBuilder(options: BuilderOptions): Promise<BuildTools> {
  const wanted = MODULE_KINDS.filter((kind) => options[kind] === true);
  const [docker, tools] = await Promise.all([
    options.builder === 'embedded' ? undefined : findDockerEngine(),
    Promise.all(wanted.map(async (kind) => [kind, await findTool(kind)] as const)),
  ]);
  const problems = [
    ...(docker === undefined && options.builder === 'docker' ? [{ path: '--builder', message: NO_DOCKER }] : []),
    ...tools
      .filter(([, tool]) => tool === undefined)
      .map(([kind]) => ({ path: `--${kind}`, message: PROGRAMS[kind].missing })),
  ];
  if (problems.length > 0) throw new InvalidInputError('the builder cannot be used', problems);
  return { docker, ...Object.fromEntries(tools) };
}

const NO_DOCKER = 'no Docker engine is running, or its client cannot build; start one, or leave --builder out';

/** The program of a tool. It works if it succeeds with the arguments. */
interface Program {
  readonly name: string;
  readonly args: readonly string[];
  /** Paths that are tried after those on the PATH. */
  readonly usual?: readonly string[];
  readonly missing: string;
}

const PROGRAMS: Readonly<Record<ModuleKind, Program>> = {
  python: {
    name: 'python3',
    // The modules that a build uses: virtual environments, pip, the builder, and pytest.
    args: ['-c', 'import ensurepip, venv, pip, build, pytest'],
    usual: ['/usr/bin/python3'],
    missing:
      'no python3 on the PATH has the modules ensurepip, venv, pip, build and pytest; install them (Debian: python3-venv, python3-pip, python3-build, python3-pytest), or leave --python out',
  },
  npm: {
    name: 'npm',
    args: ['--version'],
    missing: 'no npm on the PATH answers to npm --version; install Node.js with npm, or leave --npm out',
  },
  maven: {
    name: 'mvn',
    args: ['--version'],
    missing:
      'no mvn on the PATH answers to mvn --version; install Maven and a JDK (Debian: maven), or leave --maven out',
  },
  go: {
    name: 'go',
    args: ['version'],
    missing: 'no go on the PATH answers to go version; install Go, or leave --go out',
  },
};

const ANSWER_WITHIN_MS = 5_000;
/** Variables by which the tools find their indexes. A build gets no other variables of this process. */
const KEPT_VARIABLES =
  /^(HOME|LANG|PIP_\w+|npm_config_\w+|\w*_proxy|SSL_CERT_FILE|REQUESTS_CA_BUNDLE|NODE_EXTRA_CA_CERTS|JAVA_HOME|MAVEN_OPTS|MAVEN_ARGS|CGO_ENABLED|GO(AUTH|CACHE|FLAGS|INSECURE|MODCACHE|NOPROXY|NOSUMDB|PATH|PRIVATE|PROXY|SUMDB|TOOLCHAIN|VCS))$/i;

type Environment = Readonly<Record<string, string | undefined>>;

/** Returns the first tool of the kind that works, of those on the PATH and, for Python, Debian's own; undefined if none does. */
export async function findTool(kind: ModuleKind, env: Environment = process.env): Promise<ModuleTool | undefined> {
  const { name, args, usual = [] } = PROGRAMS[kind];
  for (const path of new Set([...onPath(name, env), ...usual])) {
    if (await succeeds(path, args)) return { path, env: keptVariables(env) };
  }
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
