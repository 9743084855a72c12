import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eachTest } from '../../support/each-test';
import { makePlanner } from '../../support/pipeline/planner';

const planner = eachTest(makePlanner, (planner) => planner.remove());

describe('backtest', () => {
  test('replays pushes, lists files that the declared dependencies miss, and agrees with plan', async () => {
    planner.writeCatalog(
      'platform: v1.0.0\nservices:\n  api:\n  web: { path: deep/down/web, context: service }\n  worker:\n',
    );
    const commits = [
      planner.first,
      planner.repository.commit('main', { 'tools/t.py': '2' }, 'tools'),
      planner.repository.commit('main', { 'docs/x': '2' }, 'docs'),
      planner.repository.commit('main', { 'deep/down/web/index.html': '2', 'tools/t.py': '1' }, 'web'),
      planner.repository.commit('main', { 'api/Dockerfile': 'FROM scratch\n' }, 'api'),
    ];

    const report = await planner.json('backtest', '--since', planner.first, '--catalog', planner.catalogFile);

    expect(report.pushes.map(({ builds, missed }: { builds: string[]; missed: string[] }) => [builds, missed])).toEqual(
      [
        [
          ['api', 'worker'],
          ['api', 'worker'],
        ],
        [[], []],
        [
          ['api', 'web', 'worker'],
          ['api', 'worker'],
        ],
        [['api'], []],
      ],
    );
    expect(report.pushes[2].reused).toEqual(['api', 'worker']);
    expect(report.hubs).toMatchObject([{ path: 'tools', builds: 4, buildsSaved: 4 }, { path: 'tools/t.py' }]);
    for (const [at, { builds }] of report.pushes.entries()) {
      expect(await planner.built(commits[at] ?? '', commits[at + 1])).toEqual(builds);
    }
  });

  test('continues after a commit with a broken catalog', async () => {
    planner.repository.commit('main', { 'pipeline.yaml': 'platform: v1.0.0\nservices:\n  api:\n' });
    const since = planner.repository.git('rev-parse', 'main');
    planner.repository.commit('main', { 'pipeline.yaml': 'services: [', 'api/main.py': '2' });
    planner.repository.commit('main', { 'pipeline.yaml': 'platform: v1.0.0\nservices:\n  api:\n  worker:\n' });

    const report = await planner.json('backtest', '--since', since);

    expect(report.pushes).toMatchObject([{ builds: ['api'] }, { builds: ['worker'] }]);
  });

  test('says what would make builds fewer, with minutes and cost', async () => {
    const dockerfile = (base: string) => `FROM ${base}\nRUN apk add git\nCOPY . .\nRUN npm ci\n`;
    const tree = (base: string) => ({ 'api/Dockerfile': dockerfile(base), 'web/Dockerfile': dockerfile(base) });
    const { repository } = planner;
    const catalog =
      'platform: v1.0.0\nservices:\n  api: { context: service, minutes: 4 }\n  web: { context: service }\n';
    repository.commit('main', {
      'pipeline.yaml': catalog,
      ...tree('node:22.1'),
      'api/README.md': '1',
      'api/m.js': '1',
    });
    const since = repository.git('rev-parse', 'main');
    repository.commit('main', tree('node:22.2'));
    repository.commit('main', { 'api/README.md': '2' });
    repository.commit('main', { 'api/m.js': '2' });

    const { advice } = await planner.json('backtest', '--since', since);
    const { stdout } = await planner.run('backtest', '--since', since);

    expect(advice).toMatchObject({
      repeatedRuns: [{ text: 'RUN apk add git', services: ['api', 'web'], builds: 1 }],
      spoiledRuns: [{ dockerfile: 'api/Dockerfile', line: 4, behind: 'COPY . (line 3)', builds: 2, minutes: 8 }],
      seldomNeeded: [{ patterns: ['**/*.md'], context: 'api', minutes: 4 }],
      movingBases: [{ base: 'node', pushes: 1, builds: 2, services: ['api', 'web'] }],
    });
    expect(stdout).toMatch(/RUN apk add git +2 +1 +\d+ +\$/);
    expect(stdout).toContain('add the patterns to the .dockerignore of the context');
  });

  test('names machines of another size with what they would have saved, by the builds of --recorded', async () => {
    const { repository } = planner;
    repository.commit('main', {
      'pipeline.yaml': 'platform: v1.0.0\nservices:\n  api: { context: service }\n',
      'api/Dockerfile': 'FROM scratch\nCOPY m.js /\n',
    });
    const since = repository.git('rev-parse', 'main');
    for (const text of ['1', '2']) repository.commit('main', { 'api/m.js': text });
    const job = { name: 'api', machine: 'x86_64 medium', parts: { build: 300 }, submittedAt: 1 };
    const usage = { memory: 2 ** 30, cpu: 0 };
    const jobs = [1, 2, 3, 4, 5].map((endedAt) => ({ ...job, endedAt, usage }));
    const home = mkdtempSync(join(tmpdir(), 'recorded-'));
    try {
      mkdirSync(join(home, 'objects'));
      writeFileSync(join(home, 'objects/times.json'), JSON.stringify({ schema: 1, jobs, runs: [] }));

      const { stdout } = await planner.run('backtest', '--since', since, '--recorded', home);
      expect(stdout).toContain('machines that are larger than recorded builds need');
      expect(stdout).toMatch(/api: small, because recorded builds used up to 1 of its 4 GiB +1 +2 +0 +\$0\.05/);
      expect((await planner.run('backtest', '--since', since)).stdout).not.toContain('api: small');
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  });

  test('of nothing is bad input', async () => {
    await planner.init();

    const { exitCode, stderr } = await planner.run('backtest', '--since', 'main', '--catalog', planner.catalogFile);

    expect(exitCode).toBe(2);
    expect(stderr).toContain('no push can be replayed');
  });
});
