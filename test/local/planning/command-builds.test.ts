/** The planner's commands on images that commands make: they read the same inputs as a deployed plan. */
import { makePlanner, type Planner } from '../../support/pipeline/planner';

const CATALOG = `platform: v1.4.0
services:
  api: { inputs: [api, tools, "!api/Dockerfile*"], build: { command: [ko, build], env: { CGO: "0" } } }
  worker: worker
`;

let planner: Planner;
beforeAll(() => {
  planner = makePlanner();
  base = planner.repository.commit('main', { 'api/main.py': '1', 'pipeline.yaml': CATALOG });
});
afterAll(() => planner.remove());

let base: string;
/** Commits a change of `main` on a branch of its own. */
function changed(branch: string, files: Readonly<Record<string, string>>): string {
  planner.repository.reset(branch, base);
  return planner.repository.commit(branch, files);
}

const builds = async (ref: string) => {
  const { services } = await planner.json('plan', '--base', base, '--ref', ref);
  return services.filter(({ action }: { action: string }) => action === 'build');
};

test('a plan builds exactly for changed inputs, and names the pattern', async () => {
  const outside = changed('outside', { 'api/Dockerfile': 'FROM scratch\n', 'deep/x': '' });
  const inside = changed('inside', { 'api/main.py': '2' });
  const command = changed('command', { 'pipeline.yaml': CATALOG.replace('[ko, build]', '[ko]') });

  expect(await builds(outside)).toEqual([]);
  expect(await builds(inside)).toMatchObject([
    { name: 'api', reasons: [{ path: 'api/main.py', text: 'changed, read by inputs api' }] },
  ]);
  expect(await builds(command)).toMatchObject([{ name: 'api', reasons: [{ text: 'command changed' }] }]);
  const { stdout } = await planner.run('explain', 'api', '--base', base, '--ref', inside);
  expect(stdout).toContain('reads 2 files, by a command\n  inputs api: 1 file\n');
  expect(stdout).toContain('env:CGO 0');
});

test('the job of a matrix has the command instead of a Dockerfile', async () => {
  const ref = changed('matrix', { 'api/main.py': '3' });
  const { stdout } = await planner.run('plan', '--base', base, '--ref', ref, '--format', 'github-matrix');

  expect(JSON.parse(stdout)).toEqual({
    include: [
      {
        service: 'api',
        image: 'api',
        command: ['ko', 'build'],
        env: { CGO: '0' },
        inputs: ['api', 'tools', '!api/Dockerfile*'],
      },
    ],
  });
});

test('the check of a catalog finds patterns that match nothing, and expects no Dockerfile', async () => {
  const broken = changed('broken', { 'pipeline.yaml': CATALOG.replace('tools,', 'tool,') });
  const drift = async (ref: string) => {
    const { stdout } = await planner.run('catalog', 'check', '--ref', ref, '--json');
    return JSON.parse(stdout).drift.filter(({ service }: { service?: string }) => service === 'api');
  };

  expect(await drift('main')).toEqual([]);
  expect(await drift(broken)).toEqual([
    {
      kind: 'broken-service',
      service: 'api',
      path: 'api',
      text: "'tool' matches no file of this commit; did you mean 'tools'?",
    },
  ]);
});

test('a catalog from outside of the commit leaves out services whose inputs the commit does not have', async () => {
  planner.writeCatalog(`${CATALOG}  later: { inputs: later, build: make }\n`);
  const args = ['--base', planner.first, '--ref', 'main', '--catalog', planner.catalogFile, '--json'];
  const { stdout, stderr } = await planner.run('plan', ...args);
  const { services } = JSON.parse(stdout);

  expect(stderr).toContain('skipped, because they are not in this commit: later');
  expect(services.map(({ name }: { name: string }) => name)).toEqual(['api', 'worker']);
});
