/** Which builder a local run uses. */
import { InvalidInputError } from '../core/errors';
import { type DockerEngine, findDockerEngine } from './build/docker-engine';

/** `auto` takes Docker where an engine answers, else the embedded builder. */
export const BUILDERS = ['auto', 'docker', 'embedded'] as const;
export type Builder = (typeof BUILDERS)[number];

/** The Docker engine to build with, or undefined for the embedded builder. Throws if Docker was asked for and does not answer. */
export async function chooseBuilder(builder: Builder): Promise<DockerEngine | undefined> {
  if (builder === 'embedded') return undefined;
  const engine = await findDockerEngine();
  if (engine === undefined && builder === 'docker') {
    const message = 'no Docker engine answers, or its client cannot build; start one, or leave --builder out';
    throw new InvalidInputError('the builder cannot be used', [{ path: '--builder', message }]);
  }
  return engine;
}
