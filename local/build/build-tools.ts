/** Finds the tools on this machine that a local run builds with: a Docker engine for images, Python for modules. */
import { execFile } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { InvalidInputError } from '../../core/contract/errors';
import { type DockerEngine, findDockerEngine } from './docker-engine';

/** Builders of images. `auto` uses Docker if an engine is running, otherwise the embedded builder. */
export const BUILDERS = ['auto', 'docker', 'embedded'] as const;
export type Builder = (typeof BUILDERS)[number];

/** The tools that build images and modules. The embedded builder replaces a missing one. */
export interface BuildTools {
  readonly docker: DockerEngine | undefined;
  readonly python: Python | undefined;
}

/** The options of a person. `python` builds and tests modules with Python, which is slower and needs pip's packages. */
export interface BuilderOptions {
  readonly builder: Builder;
  readonly python?: boolean;
}

/** Returns the tools to build with. Throws `InvalidInput` if one was asked for and is missing. */
export async function chooseBuilder(options: BuilderOptions): Promise<BuildTools> {
  const [docker, python] = await Promise.all([
    options.builder === 'embedded' ? undefined : findDockerEngine(),
    options.python === true ? findPython() : undefined,
  ]);
  const problems = [
    ...(docker === undefined && options.builder === 'docker' ? [{ path: '--builder', message: NO_DOCKER }] : []),
    ...(python === undefined && options.python === true ? [{ path: '--python', message: NO_PYTHON }] : []),
  ];
  if (problems.length > 0) throw new InvalidInputError('the builder cannot be used', problems);
  return { docker, python };
}

const NO_DOCKER = 'no Docker engine is running, or its client cannot build; start one, or leave --builder out';
const NO_PYTHON =
  'no python3 on the PATH has the modules ensurepip, venv, pip, build and pytest; install them (Debian: python3-venv, python3-pip, python3-build, python3-pytest), or leave --python out';

/** A Python that can build: its absolute path, and the variables by which pip finds its index. */
export interface Python {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
}

/** The modules that a build uses: virtual environments, pip, the builder, and pytest. */
const REQUIRED_MODULES = 'import ensurepip, venv, pip, build, pytest';
const ANSWER_WITHIN_MS = 5_000;
/** Variables by which pip finds its index. A build gets no other variables of this process. */
const KEPT_VARIABLES = /^(HOME|LANG|PIP_\w+|\w*_proxy|SSL_CERT_FILE|REQUESTS_CA_BUNDLE)$/i;

type Environment = Readonly<Record<string, string | undefined>>;

/** Returns the first Python on the PATH, or Debian's own, that has all required modules; undefined if none has. */
export async function findPython(env: Environment = process.env): Promise<Python | undefined> {
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder.startsWith('/'));
  for (const path of new Set([...folders.map((folder) => join(folder, 'python3')), '/usr/bin/python3'])) {
    if (await canBuild(path)) return { path, env: keptVariables(env) };
  }
  return undefined;
}

function canBuild(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    execFile(path, ['-c', REQUIRED_MODULES], { timeout: ANSWER_WITHIN_MS }, (error) => resolve(error === null));
  });
}

function keptVariables(env: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter(
      (entry): entry is [string, string] => KEPT_VARIABLES.test(entry[0]) && entry[1] !== undefined,
    ),
  );
}
