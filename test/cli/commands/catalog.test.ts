// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the variables of Dockerfiles
import { readFileSync } from 'node:fs';
import { parseCatalog } from '../../../core/catalog/parse-catalog';
import { eachTest } from '../../support/each-test';
import { makePlanner } from '../../support/pipeline/planner';

const planner = eachTest(makePlanner, (planner) => planner.remove());

describe('catalog init', () => {
  test('prints a catalog with the context of each Dockerfile, and a summary on stderr', async () => {
    const { exitCode, stdout, stderr } = await planner.run('catalog', 'init');

    expect(exitCode).toBe(0);
    expect(parseCatalog(stdout).services.map(({ name, context }) => [name, context])).toEqual([
      ['api', ''],
      ['web', 'deep/down/web'],
      ['worker', ''],
    ]);
    expect(stderr).toBe('3 services and 1 shared module, 1 with a remark, 1 Dockerfile not taken\n');
  });

  test('writes the same text into a file', async () => {
    const { stdout } = await planner.run('catalog', 'init');

    const { exitCode } = await planner.init();

    expect({ exitCode, text: readFileSync(planner.catalogFile, 'utf8') }).toEqual({ exitCode: 0, text: stdout });
  });

  test('overwrites a catalog that was edited only with --force', async () => {
    const mine = 'platform: v9.0.0\nservices: {}\n';
    planner.writeCatalog(mine);

    const refused = await planner.init();
    const kept = readFileSync(planner.catalogFile, 'utf8');
    const forced = await planner.run('catalog', 'init', '--out', planner.catalogFile, '--force');

    expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('overwrite it with --force') });
    expect(kept).toBe(mine);
    expect(forced.exitCode).toBe(0);
    expect(readFileSync(planner.catalogFile, 'utf8')).not.toBe(mine);
    expect((await planner.init()).exitCode).toBe(0);
  });
});

describe('a build that reads what the pipeline commits', () => {
  test('is named by check, without being drift', async () => {
    const files = {
      'api/Dockerfile': 'FROM scratch\nCOPY . /\n',
      'chart/Chart.yaml': 'name: x\n',
      'chart/values.yaml': 'x: 1\n',
    };
    const commit = planner.repository.commit('main', files);
    await planner.init();

    const { exitCode, stdout } = await planner.run(
      'catalog',
      'check',
      '--catalog',
      planner.catalogFile,
      '--ref',
      commit,
    );

    expect(exitCode).toBe(0);
    expect(stdout).toContain(
      'files in images that each commit of the pipeline changes; exclude them in .dockerignore (no drift)\n  api: chart/IMAGE_VERSIONS.md, chart/values.yaml, chart/version-lock.yaml\n',
    );
  });
});

describe('a Dockerfile that cannot be built', () => {
  const TEMPLATE = 'FROM ${docker.base.image}\nCOPY target/app.jar /\n';

  test('is left out by init with its error, so that a plan and a check need no edit', async () => {
    const commit = planner.repository.commit('main', { 'template/Dockerfile': TEMPLATE });
    await planner.init();

    const plan = await planner.run('plan', '--catalog', planner.catalogFile, '--ref', commit);
    const check = await planner.run('catalog', 'check', '--catalog', planner.catalogFile, '--ref', commit);

    expect(readFileSync(planner.catalogFile, 'utf8')).toContain(
      '#   template/Dockerfile (line 1: unsupported modifier (.) in ${docker.base.image})',
    );
    expect(plan).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('3 to build, 0 to keep') });
    expect(check.stdout).not.toContain('template/Dockerfile');
  });

  test('is drift once a commit repairs it', async () => {
    planner.repository.commit('main', { 'template/Dockerfile': TEMPLATE });
    await planner.init();
    const repaired = planner.repository.commit('main', { 'template/Dockerfile': 'FROM scratch\n' });

    const { stdout } = await planner.run('catalog', 'check', '--catalog', planner.catalogFile, '--ref', repaired);

    expect(stdout).toContain('template/Dockerfile: no service of the catalog is built from this Dockerfile');
  });
});

describe('an image of the repository that others are built from', () => {
  const FILES = {
    'base.dockerfile': 'FROM scratch\nCOPY tools /tools\n',
    'api/Dockerfile': 'FROM shop-base\nCOPY api/main.py /\n',
    'compose.yaml': 'services: { base: { image: shop-base, build: { context: ., dockerfile: base.dockerfile } } }\n',
  };

  test('is known after init, and a plan is the same with and without --releases', async () => {
    planner.repository.commit('main', FILES);
    await planner.init();
    const base = planner.repository.commit('main', { x: '1' });
    planner.repository.commit('main', { 'tools/t.py': '2' });
    const args = ['--base', base, '--catalog', planner.catalogFile];

    const laptop = await planner.json('plan', ...args);
    const deployed = await planner.json('plan', ...args, '--releases', 'registry.example/team');

    expect(laptop.services).toEqual(deployed.services);
    expect(await planner.built(base)).toEqual(expect.arrayContaining(['api', 'base']));
  });

  test('is guessed below a host, and the plan says so', async () => {
    planner.repository.commit('main', { ...FILES, 'api/Dockerfile': 'FROM registry.example/team/shop-base\n' });
    await planner.init();
    const plan = ['plan', '--base', planner.first, '--catalog', planner.catalogFile];

    expect((await planner.run(...plan)).stderr).toContain('those below registry.example/team/; with --releases');
    expect((await planner.run(...plan, '--releases', 'registry.example/team')).stderr).toBe('');
  });
});

describe('catalog check', () => {
  test('names build arguments without a value, which is no drift', async () => {
    const dockerfile =
      'ARG TAG=3.12\nFROM python:$TAG\nARG TAG\nARG MODE\nARG TARGETARCH\nARG LEVEL=1\nCOPY api /api\n';
    planner.repository.commit('main', { 'api/Dockerfile': dockerfile });
    await planner.init();

    const { stdout, exitCode } = await planner.run('catalog', 'check', '--catalog', planner.catalogFile);

    expect(stdout.split('\n').filter((line) => /^ {2}api: .*: ARG /.test(line))).toEqual([
      '  api: api/Dockerfile:4: ARG MODE',
    ]);
    expect(exitCode).toBe(0);
  });

  test('ends with 0 for a catalog of init, and with 1 if it drifts', async () => {
    await planner.init();
    const args = ['catalog', 'check', '--catalog', planner.catalogFile];

    const clean = await planner.run(...args);
    planner.repository.commit('main', { 'more/Dockerfile': 'FROM scratch\n', 'worker/Dockerfile': 'FROM scratch\n' });
    const drifted = await planner.run(...args, '--json');

    expect(clean).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('no drift') });
    expect(clean.stdout).toContain('api/Dockerfile:1: python:3.12');
    expect(drifted.exitCode).toBe(1);
    expect(JSON.parse(drifted.stdout).drift).toMatchObject([{ kind: 'no-service', path: 'more/Dockerfile' }]);
  });

  test.each([
    ['of the charts that the catalog names', []],
    ['that are given by name', ['--values', 'api=charts/api/values.yaml', 'web=charts/web/values.yaml']],
  ])('compares tags with the values files %s', async (_, values) => {
    planner.repository.commit('main', {
      'charts/api/Chart.yaml': 'name: api\n',
      'charts/api/values.yaml': 'image: { tag: v1 }\n',
      'charts/web/Chart.yaml': 'name: web\n',
      'charts/web/values.yaml': 'image: { tag: v1 }\n',
    });
    planner.writeCatalog(
      'platform: v1.0.0\nservices:\n  api: { values: { api: image.tag } }\n  web: { path: deep/down/web, values: { web: image.tga } }\n  worker: { values: image.tag }\n',
    );

    const { stdout } = await planner.run('catalog', 'check', '--catalog', planner.catalogFile, ...values, '--json');

    const tags = JSON.parse(stdout).drift.filter(({ kind }: { kind: string }) => kind === 'no-tag');
    expect(tags).toMatchObject([
      { service: 'web', path: 'charts/web/values.yaml', text: expect.stringMatching(/^image\.tga does not exist/) },
      { service: 'worker', text: expect.stringMatching(/^image\.tag is in .*api .*web .*name the file/) },
    ]);
  });

  test('of a catalog with missing files finds drift, and of a broken one is bad input', async () => {
    planner.writeCatalog('platform: v1.0.0\nservices:\n  ghost:\n');
    const ghost = await planner.run('catalog', 'check', '--catalog', planner.catalogFile, '--json');
    planner.writeCatalog('platform: [');
    const broken = await planner.run('catalog', 'check', '--catalog', planner.catalogFile);

    expect(ghost.exitCode).toBe(1);
    expect(JSON.parse(ghost.stdout).drift).toContainEqual(
      expect.objectContaining({ kind: 'no-dockerfile', service: 'ghost' }),
    );
    expect(broken.exitCode).toBe(2);
  });
});

test('check and plan name keys of a service that its Dockerfile does not use, and neither is drift', async () => {
  const commit = planner.repository.commit('main', {
    'api/Dockerfile': 'FROM scratch\nARG MODE\nCOPY --from=shared x /\n',
    'shared/x': '1',
  });
  planner.writeCatalog(
    'platform: v1.0.0\nservices:\n  api: { contexts: { shared: shared, share: shared }, buildArgs: { MODUS: x } }\n  web: deep/down/web\n  worker:\n',
  );

  const check = await planner.run('catalog', 'check', '--catalog', planner.catalogFile);
  const plan = await planner.run('plan', '--base', commit, '--catalog', planner.catalogFile);

  for (const { stdout } of [check, plan]) {
    expect(stdout).toContain('contexts.share has no effect: no FROM, COPY --from or RUN --mount names it');
    expect(stdout).toContain("buildArgs.MODUS has no effect: no ARG declares it; did you mean 'MODE'?");
  }
  expect(check.stdout).toContain('keys of services that their Dockerfiles do not use (no drift)');
});

describe('a service that a command makes, in a catalog from outside of the commit', () => {
  const plan = async (service: string) => {
    planner.writeCatalog(`platform: v1.0.0\nservices:\n  api: ${service}\n`);
    return planner.run('plan', '--base', planner.first, '--catalog', planner.catalogFile);
  };

  test('is skipped if the commit has neither its folder nor any of its files', async () => {
    expect(await plan('{ path: nowhere, inputs: [none], build: make }')).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('not in this commit: api'),
    });
  });

  test.each(['{ inputs: [apy], build: make }', '{ path: nowhere, inputs: [api, apy], build: make }'])(
    'with a wrong pattern is a problem, and not skipped: %s',
    async (service) => {
      expect(await plan(service)).toMatchObject({
        exitCode: 2,
        stderr: expect.stringContaining(
          "services.api.inputs: 'apy' matches no file of this commit; did you mean 'api'?",
        ),
      });
    },
  );
});
