/** The check of a catalog finds a secret that a Dockerfile requires and the catalog does not give. It knows no settings. */
import { makePlanner, type Planner } from '../../support/pipeline/planner';

let planner: Planner;
beforeAll(() => {
  planner = makePlanner();
});
afterAll(() => planner.remove());

const MOUNTS = 'RUN --mount=type=secret,id=npm,required --mount=type=ssh,required --mount=type=secret,id=optional x\n';

async function drift(keys: string) {
  const ref = planner.repository.commit('main', {
    'pipeline.yaml': `platform: v1.4.0\nservices:\n  api: { path: api${keys} }\n  worker: worker\n`,
    'api/Dockerfile': `FROM scratch\n${MOUNTS}`,
  });
  const { stdout } = await planner.run('catalog', 'check', '--ref', ref, '--json');
  return JSON.parse(stdout).drift.filter(({ service }: { service?: string }) => service === 'api');
}

test('what is required and not given is drift, with its line', async () => {
  expect(await drift('')).toMatchObject([
    { kind: 'broken-service', text: expect.stringContaining('api/Dockerfile:2 mounts the secret npm') },
    { kind: 'broken-service', text: expect.stringContaining('api/Dockerfile:2 mounts the ssh agent default') },
  ]);
  expect(await drift(', secrets: [npm], ssh: { default: deploy }')).toEqual([]);
});
