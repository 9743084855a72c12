/** Which builder a local run uses. */
import { InvalidInputError } from '../../core/contract/errors';
import { type DockerEngine, findDockerEngine } from './docker-engine';
import { findPython, type Python } from './python';

/** Of images: `auto` takes Docker where an engine answers, else the embedded builder. */
export const BUILDERS = ['auto', 'docker', 'embedded'] as const;
export type Builder = (typeof BUILDERS)[number];

/** What builds images, and what modules; undefined for the embedded builder. */
export interface BuildTools {
  readonly docker: DockerEngine | undefined;
  readonly python: Python | undefined;
}

/** What a person asks for. `python`: modules are built and tested by Python, which takes its time and what pip needs. */
export interface BuilderOptions {
  readonly builder: Builder;
  readonly python?: boolean;
}

/** The tools to build with. Throws if one was asked for and is not there. */
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

const NO_DOCKER = 'no Docker engine answers, or its client cannot build; start one, or leave --builder out';
const NO_PYTHON =
  'no python3 on the PATH has the modules ensurepip, venv, pip, build and pytest; install them (Debian: python3-venv, python3-pip, python3-build, python3-pytest), or leave --python out';
