import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eachTest } from '../support/each-test';
import { createRepository } from '../support/git/git-repository';
import { makePlanner } from '../support/pipeline/planner';
import { runCommand } from '../support/pipeline/small-pipeline';

const planner = eachTest(makePlanner, (planner) => planner.remove());

describe('bad input', () => {
  const broken = { 'api/Dockerfile': 'FROM scratch\n\nCOPY onlyone\n' };

  test('of a Dockerfile fails the plan with file and line, and with --keep-going only that service', async () => {
    await planner.init();
    planner.repository.commit('main', { ...broken, 'worker/x': 'new' });
    const args = ['plan', '--base', planner.first, '--catalog', planner.catalogFile, '--json'];

    const stopped = await planner.run(...args);
    const going = await planner.run(...args, '--keep-going');

    expect(stopped).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining('api/Dockerfile:3: ') });
    expect(going).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('api/Dockerfile:3: ') });
    expect(JSON.parse(going.stdout)).toMatchObject({
      services: [{ name: 'web' }, { name: 'worker', action: 'build' }],
      problems: [{ path: 'services.api.dockerfile', line: 3 }],
    });
  });

  test.each<[string, string[], RegExp]>([
    ['an unknown base', ['plan', '--base', 'nope'], /'nope' is neither a branch nor a tag/],
    ['a ref like an option', ['plan', '--ref', '--output=x'], /--output=x/],
    ['an unborn branch', ['plan', '--ref', 'HEAD~99'], /names no commit/],
    ['no catalog', ['plan', '--base', 'main'], /pipeline\.yaml: is neither in the commit nor in the work tree/],
    ['a catalog file that is not there', ['plan', '--catalog', '/nowhere/c.yaml'], /\/nowhere\/c\.yaml/],
    ['no base', ['explain', 'api'], /--base/],
    ['an unknown format', ['graph', '--format', 'pdf'], /Allowed choices/],
    ['a namespace without a host', ['plan', '--releases', 'team'], /registry host and a namespace/],
  ])('of %s ends with exit code 2 and says why', async (_, args, message) => {
    const { exitCode, stdout, stderr } = await planner.run(...args);

    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  test.each([
    [
      'rsa',
      generateKeyPairSync('rsa', { modulusLength: 2048 }),
      /of type rsa, and releases are signed with the curve P-256/,
    ],
    ['P-384', generateKeyPairSync('ec', { namedCurve: 'secp384r1' }), /of type ec of the curve secp384r1, and/],
    ['ed25519', generateKeyPairSync('ed25519'), /of type ed25519, and/],
  ])(
    'of a public key of the wrong kind (%s) is told before the registry is asked',
    async (_, { publicKey }, message) => {
      const file = join(planner.folder, 'key.pub');
      writeFileSync(file, publicKey.export({ format: 'pem', type: 'spki' }));

      const { exitCode, stderr } = await planner.run('verify', '127.0.0.1:1/team/api:v1.0.0', '--key', file);

      expect({ exitCode, stderr }).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(message) });
    },
  );

  test('of a folder without a repository or a commit ends with exit code 2', async () => {
    const empty = createRepository();
    try {
      expect(await runCommand('plan', '--repo', planner.folder)).toMatchObject({
        exitCode: 2,
        stderr: /not a git repository/,
      });
      const unborn = await runCommand('plan', '--repo', empty.path);
      expect(unborn).toMatchObject({ exitCode: 2 });
      expect(unborn.stderr).toMatch(/HEAD' names no commit/);
    } finally {
      empty.remove();
    }
  });

  test.each([
    ['a broken catalog', 'services: [', /is not YAML/],
    [
      'a catalog that names another schema',
      '$schema: x/settings.schema.json\nplatform: v1.0.0\nservices: { api: }\n',
      /\$schema \(line 1\): must name catalog\.schema\.json; this file is a catalog/,
    ],
    ['a path out of the repository', 'platform: v1.0.0\nservices:\n  a: ../../etc\n', /stays within the repository/],
  ])('of %s ends with exit code 2', async (_, text, message) => {
    planner.writeCatalog(text);

    const { exitCode, stderr } = await planner.run('plan', '--catalog', planner.catalogFile);

    expect(exitCode).toBe(2);
    expect(stderr).toMatch(message);
  });

  test('of settings is shown by doctor with every problem and what may have been meant', async () => {
    const file = join(planner.folder, 'settings.json');
    const host = { host: 'ecr', namespace: 'team' };
    const git = { host: 'github', repository: 'team/monorepo' };
    writeFileSync(
      file,
      JSON.stringify({ git, releases: host, candidates: { host: 'ecr', repository: 'c' }, logDay: 3, alarm: {} }),
    );

    const { exitCode, stdout } = await runCommand('doctor', '--settings', file, '--json');

    expect(exitCode).toBe(1);
    const [found] = JSON.parse(stdout).findings;
    expect(found.text).toMatch(/did you mean 'logDays'\?; alarm: is not a setting; did you mean 'alarms'\?/);
    expect(found.fix).toBe(`edit ${file}`);
  });

  test('of ten megabytes for a Dockerfile ends with exit code 2', async () => {
    await planner.init();
    planner.repository.commit('main', { 'api/Dockerfile': `FROM scratch\n${'# padding\n'.repeat(1_000_000)}` });

    const { exitCode, stderr } = await planner.run('plan', '--catalog', planner.catalogFile);

    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/api\/Dockerfile:1: the file has 10000013 bytes/);
  });

  test('of links in a circle is an error with the line of the Dockerfile that copies them', async () => {
    await planner.init();
    planner.repository.commit('main', {
      'loop/a': { mode: '120000', content: 'b' },
      'loop/b': { mode: '120000', content: 'a' },
      'api/Dockerfile': 'FROM scratch\nCOPY loop/a /\n',
    });

    const { exitCode, stderr } = await planner.run('plan', '--catalog', planner.catalogFile);

    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/api\/Dockerfile:2: loop\/a is a loop of symlinks/);
  });
});
