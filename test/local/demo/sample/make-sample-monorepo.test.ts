import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runGit } from '../../../../adapters/git/local/git-command';
import { commitAll, makeSampleMonorepo } from '../../../../local/demo/sample/sample-monorepo';

const CATALOG = `# ours
platform: v1.4.0 # next
modules:
  cloud_adapter: tools/cloud_adapter
  config_client: optscale_client/config_client
services:
  auth: { dependencies: [cloud_adapter] }
  mongo: docker_images/mongo
`;
const VALUES = 'chart/values.yaml';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sample-test-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function git(directory: string, ...args: readonly string[]): Promise<string> {
  return (await runGit(directory, args)).stdout.toString('utf8').trim();
}

test('the same options give the same commit', async () => {
  const commits: string[] = [];
  for (const name of ['a', 'b']) {
    const directory = join(folder, name);
    await makeSampleMonorepo({ directory, catalogText: CATALOG, valuesFile: VALUES });
    await commitAll(directory, 'first');
    commits.push(await git(directory, 'rev-parse', 'HEAD'));
  }

  expect(commits[0]).toMatch(/^[0-9a-f]{40}$/);
  expect(commits[1]).toBe(commits[0]);
});

test('the commit is on main, holds everything and keeps the executable bit', async () => {
  await makeSampleMonorepo({ directory: folder, catalogText: CATALOG, valuesFile: VALUES });
  await commitAll(folder, 'first');

  expect(await git(folder, 'rev-parse', '--symbolic-full-name', 'HEAD')).toBe('refs/heads/main');
  expect(await git(folder, 'status', '--porcelain', '--ignored')).toBe('');
  expect(await git(folder, 'ls-tree', 'HEAD', 'docker_images/mongo/entrypoint.sh')).toMatch(/^100755 /);
  expect(await git(folder, 'ls-tree', 'HEAD', 'auth/main.py')).toMatch(/^100644 /);
});

describe('refused', () => {
  test('a catalog that cannot be used', async () => {
    const made = makeSampleMonorepo({ directory: folder, catalogText: 'services: {}', valuesFile: VALUES });

    await expect(made).rejects.toMatchObject({ name: 'InvalidCatalog' });
  });

  test.each([
    ['a service at the root', 'web: .'],
    ['a build context of its own', 'web: { context: service }'],
    ['a target', 'web: { target: final }'],
    ['a list in the values file', "web: { values: 'images[0].tag' }"],
  ])('a catalog with %s, by the name of the service', async (_what, service) => {
    const catalogText = `platform: v1.4.0\nservices: { ${service} }\n`;

    const made = makeSampleMonorepo({ directory: folder, catalogText, valuesFile: VALUES });

    await expect(made).rejects.toMatchObject({
      name: 'InvalidInput',
      message: expect.stringContaining('services.web'),
    });
  });
});
