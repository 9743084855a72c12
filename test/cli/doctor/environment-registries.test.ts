import { checkRegistries } from '../../../cli/doctor/registry';
import { createStillClock } from '../../support/pipeline/memory-state';
import { useEmbeddedRegistry } from '../../support/registry/embedded-registry';

const embedded = useEmbeddedRegistry();

function findings(...hosts: readonly string[]) {
  const environments = hosts.map((host, index) => ({
    name: `e${index}`,
    registry: { host, namespace: 'live', minutes: 60 },
  }));
  const credentials = async () => undefined;
  const shared = { credentials, clock: createStillClock(), images: 1, isMirrored: true, hub: 'unused.example' };
  return checkRegistries({ ...shared, host: embedded.host, environments });
}

test('the login at the registry of each environment is tried, and a refused one is a problem with a command', async () => {
  const found = await findings(embedded.host, '127.0.0.1:9');

  expect(found.map(({ check, state }) => `${check}: ${state}`)).toEqual([
    'registry login: ok',
    'registry of e0: ok',
    'registry of e1: problem',
    'Docker Hub pulls: ok',
  ]);
  expect(found[2]).toMatchObject({ text: expect.stringContaining('nothing answers at 127.0.0.1:9') });
});

test('of a registry in another account it says who tries it', async () => {
  const found = await findings('444455556666.dkr.ecr.eu-west-1.amazonaws.com');
  expect(found[1]).toMatchObject({ state: 'later', text: expect.stringContaining('in each run before it builds') });
});
