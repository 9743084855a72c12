import { type DockerEngine, findDockerEngine } from '../../local/build/docker-engine';
import { demonstrationContract } from '../contracts/demonstration-contract';
import { startDockerRegistry } from '../support/registry/docker-registry';

let registry: Awaited<ReturnType<typeof startDockerRegistry>>;
let engine: DockerEngine;

beforeAll(async () => {
  const found = await findDockerEngine();
  if (found === undefined) throw new Error('no Docker engine answers: start dockerd');
  engine = found;
  registry = await startDockerRegistry();
}, 60_000);

afterAll(async () => {
  await registry.stop();
});

describe('the demonstration on a real registry and a real Docker engine', () =>
  demonstrationContract({ registry: () => registry.host, docker: () => engine }));
