import { join } from 'node:path';
import { eachTest } from '../../support/each-test';
import { makePlanner } from '../../support/pipeline/planner';
import { runCommand } from '../../support/pipeline/small-pipeline';

const planner = eachTest(makePlanner, (planner) => planner.remove());

describe('plan', () => {
  test('needs only the catalog of init, and prints the documented JSON', async () => {
    await planner.init();
    const commit = planner.repository.commit('main', { 'tools/t.py': '2' });

    const report = await planner.json(
      'plan',
      '--base',
      planner.first,
      '--ref',
      'main',
      '--catalog',
      planner.catalogFile,
    );

    expect(report).toEqual({
      commit,
      base: planner.first,
      services: [
        {
          name: 'api',
          action: 'build',
          inputDigest: expect.stringMatching(/^[0-9a-f]{40}$/),
          reasons: [{ kind: 'input-changed', path: 'tools/t.py', text: 'changed, read by COPY tools (line 3)' }],
          impurities: [{ line: 1, text: expect.any(String) }],
          unused: [],
        },
        expect.objectContaining({
          name: 'web',
          action: 'keep',
          reasons: [expect.objectContaining({ kind: 'unchanged' })],
        }),
        expect.objectContaining({ name: 'worker', action: 'build' }),
      ],
      totals: { build: 2, retag: 0, keep: 1 },
      estimate: {
        minutes: 20,
        criticalPathMinutes: 10,
        criticalPath: ['api'],
        cost: 0.2,
        notes: [],
        range: expect.objectContaining({ basis: 'catalog', low: expect.any(Number) }),
      },
      removed: [],
      problems: [],
    });
  });

  test('builds what a commit changes and nothing else, forwards and backwards', async () => {
    await planner.init();
    const readme = planner.repository.commit('main', { 'api/Dockerfile_tests': 'FROM x\n', 'api/readme.md': 'new' });
    const web = planner.repository.commit('main', { 'deep/down/web/index.html': '2' });
    const executable = planner.repository.commit('main', { 'api/main.py': { mode: '100755', content: '1' } });

    expect(await planner.built(planner.first, readme)).toEqual([]);
    expect(await planner.built(readme, web)).toEqual(['web']);
    expect(await planner.built(web, readme)).toEqual(['web']);
    expect(await planner.built(web, executable)).toEqual(['api']);
    expect(await planner.built(planner.first, executable)).toEqual(['api', 'web']);
  });

  test('builds a service that is new, and leaves out one that a given catalog has and the commit does not', async () => {
    const second = planner.repository.commit('main', { 'new/Dockerfile': 'FROM scratch\n' });
    await planner.init();

    expect(await planner.built(planner.first, second)).toEqual(['new']);
    const back = await planner.run('plan', '--base', second, '--ref', planner.first, '--catalog', planner.catalogFile);
    expect(back).toMatchObject({ exitCode: 0, stderr: 'skipped, because they are not in this commit: new\n' });
  });

  test('uses the catalog of each commit if it has one', async () => {
    const before = planner.repository.commit('main', { 'pipeline.yaml': 'platform: v1.0.0\nservices:\n  api:\n' });
    planner.repository.commit('main', {
      'pipeline.yaml': 'platform: v1.0.0\nservices:\n  api: { path: api, buildArgs: { A: x } }\n  worker:\n',
    });

    const report = await planner.json('plan', '--base', before);

    expect(report.services).toMatchObject([
      { name: 'api', action: 'build', reasons: [{ kind: 'recipe-changed', text: 'arg:A added' }] },
      { name: 'worker', action: 'build', reasons: [{ kind: 'never-released' }] },
    ]);
  });

  test('uses an uncommitted catalog of the work tree, with a note', async () => {
    const clone = join(planner.folder, 'clone');
    planner.repository.git('clone', '--quiet', planner.repository.path, clone);
    const { stdout } = await runCommand('catalog', 'init', '--repo', clone, '--out', join(clone, 'pipeline.yaml'));

    const { exitCode, stderr } = await runCommand('plan', '--repo', clone, '--base', 'origin/main');

    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
    expect(stderr).toMatch(/^the commit has no catalog, so .*pipeline\.yaml is used/);
  });

  test('rebuilds an image that is built from that of another service', async () => {
    planner.repository.commit('main', { 'app/Dockerfile': 'FROM team/api:latest\n' });
    await planner.init();
    const before = planner.repository.commit('main', { 'docs/a': 'x' });
    planner.repository.commit('main', { 'api/main.py': '2' });

    const args = ['plan', '--base', before, '--catalog', planner.catalogFile, '--format', 'names'];
    expect(await planner.run(...args)).toMatchObject({ exitCode: 0, stdout: 'api\napp\n' });
  });

  test('compares with the version lock without a base', async () => {
    await planner.init();
    const [api] = (await planner.json('plan', '--base', planner.first, '--catalog', planner.catalogFile)).services;
    const line = (name: string, inputDigest: string) =>
      `${name}: { version: v1.3.0, digest: "sha256:${'0'.repeat(64)}", inputDigest: ${inputDigest}, source: "${'1'.repeat(40)}" }\n`;

    const none = await planner.json('plan', '--catalog', planner.catalogFile);
    planner.repository.commit('main', {
      'chart/version-lock.yaml': `${line('api', api.inputDigest)}${line('web', '1'.repeat(40))}`,
    });
    const some = await planner.json('plan', '--catalog', planner.catalogFile);

    expect(none).toMatchObject({ base: null, totals: { build: 3 } });
    expect(some.services).toMatchObject([
      { name: 'api', action: 'keep' },
      {
        name: 'web',
        action: 'build',
        reasons: [
          {
            kind: 'inputs-differ',
            text: `inputs differ from those at v1.3.0 (11111111); commit ${'1'.repeat(40)} is not in this repository; fetch it`,
          },
        ],
      },
      { name: 'worker', action: 'build', reasons: [{ kind: 'never-released' }] },
    ]);
  });

  describe('without a base, of a service whose inputs differ from the recorded ones', () => {
    /** Commits a version lock that records these services at `planner.first`. */
    function record(digests: Readonly<Record<string, string>>, source = planner.first): void {
      const line = ([name, digest]: [string, string]) =>
        `${name}: { version: v1.3.0, digest: "sha256:${'0'.repeat(64)}", inputDigest: ${digest}, source: "${source}" }\n`;
      planner.repository.commit('main', { 'chart/version-lock.yaml': Object.entries(digests).map(line).join('') });
    }

    async function digestsAt(ref: string): Promise<Record<string, string>> {
      const { services } = await planner.json('plan', '--ref', ref, '--catalog', planner.catalogFile);
      const digests = services.map(({ name, inputDigest }: Record<string, string>) => [name, inputDigest]);
      return Object.fromEntries(digests);
    }

    const planNow = async () => (await planner.json('plan', '--catalog', planner.catalogFile)).services;

    test('names the changed inputs, because the recorded source commit is in the repository', async () => {
      await planner.init();
      record(await digestsAt(planner.first));
      planner.repository.commit('main', { 'tools/t.py': '2', 'api/main.py': '2' });

      expect(await planNow()).toMatchObject([
        {
          name: 'api',
          action: 'build',
          reasons: [
            { kind: 'input-changed', path: 'api/main.py', text: 'changed, read by COPY api/main.py (line 2)' },
            { kind: 'input-changed', path: 'tools/t.py', text: 'changed, read by COPY tools (line 3)' },
          ],
        },
        { name: 'web', action: 'keep' },
        { name: 'worker', action: 'build', reasons: [{ kind: 'input-changed', path: 'tools/t.py' }] },
      ]);
    });

    test('has a general reason if the recorded commit gives another digest, lacks the service or has a broken catalog', async () => {
      const services = 'platform: v1.0.0\nservices:\n  api:\n  worker:\n';
      const broken = planner.repository.commit('main', { 'pipeline.yaml': 'services: [' });
      const without = planner.repository.commit('main', { 'pipeline.yaml': 'platform: v1.0.0\nservices:\n  api:\n' });
      planner.repository.commit('main', { 'pipeline.yaml': services });
      const textAt = async (source: string) => {
        record({ worker: '1'.repeat(40) }, source);
        const [, worker] = (await planner.json('plan')).services;
        return worker.reasons[0].text;
      };

      expect(await textAt(broken)).toContain(`the catalog at commit ${broken} cannot be read`);
      expect(await textAt(without)).toContain(`commit ${without} has no such service that can be built`);
      expect(await textAt(planner.repository.git('rev-parse', 'main'))).toContain(
        'gives another digest than the recorded one',
      );
    });
  });

  test('prints the images to build, with reasons', async () => {
    await planner.init();
    planner.repository.commit('main', { 'api/main.py': '2', 'tools/t.py': '2' });

    const { stdout } = await planner.run('plan', '--base', planner.first, '--catalog', planner.catalogFile);

    expect(stdout).toMatch(/^api +[0-9a-f]{12} +api\/main\.py: changed, read by COPY api\/main\.py \(line 2\)$/m);
    expect(stdout).toContain('keep: web');
    expect(stdout).toContain('2 to build, 1 to keep\n20 build minutes, about $0.20\n');
    expect(stdout).toMatch(/^\d+ to 1\d min in 8 of 10 runs if no build waits, by api$/m);
  });
});

describe('explain', () => {
  test('lists the files behind the decision by rule', async () => {
    await planner.init();
    planner.repository.commit('main', { 'api/main.py': '2' });

    const report = await planner.json('explain', 'api', '--base', planner.first, '--catalog', planner.catalogFile);
    const { stdout } = await planner.run('explain', 'api', '--base', planner.first, '--catalog', planner.catalogFile);

    expect(report).toMatchObject({ service: 'api', action: 'build', reasons: [{ path: 'api/main.py' }] });
    expect(stdout).toMatch(/^api: build/);
    expect(stdout).toContain('COPY tools (line 3): 1 file\n    tools/t.py');
  });
});
