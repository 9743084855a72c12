/** What the pipeline writes is what the real tools deploy: Helm, Kustomize and Docker Compose read the files of a release. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { helmValues } from '../../../core/settings/files/environment-files';
import { parseSettings } from '../../../core/settings/parse-settings';
import { buildPrograms, runProgram } from './chart-programs';
import { type EnvironmentInput, release, removeReleasedFiles } from './released-files';

beforeAll(() => buildPrograms(), 1_800_000);
afterAll(removeReleasedFiles);

const DEPLOYMENT = (name: string, image: string) =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: ${name} }\nspec:\n  selector: { matchLabels: { app: ${name} } }\n  template:\n    metadata: { labels: { app: ${name} } }\n    spec:\n      containers:\n        - name: ${name}\n          image: ${image}\n`;

/** A chart with one Deployment, whose image comes from `values`. */
const chart = (folder: string, name: string, values: string) => ({
  [`${folder}/Chart.yaml`]: `apiVersion: v2\nname: ${name}\nversion: 0.1.0 # ours\nappVersion: "v0.1.0"\n`,
  [`${folder}/values.yaml`]: values,
  [`${folder}/templates/deployment.yaml`]: DEPLOYMENT(name, '"{{ .Values.image.repository }}:{{ .Values.image.tag }}"'),
});
const image = (name: string) => `# ${name}\nimage: { repository: ghcr.io/acme/${name}, tag: v1.0.0 }\n`;

/** Returns all images of a stream of manifests. */
function imagesIn(manifests: string): readonly string[] {
  return parseAllDocuments(manifests)
    .flatMap((document) => document.toJS()?.spec?.template?.spec?.containers ?? [])
    .map((container: { readonly image: string }) => container.image)
    .sort();
}

describe('Helm', () => {
  const UMBRELLA = {
    ...chart('charts/shop', 'web', image('web')),
    ...chart('charts/shop/charts/api', 'api', image('api')),
    ...chart('charts/jobs', 'worker', image('worker')),
  };
  const LAYERS = { shop: 'charts/shop/values.yaml', sub: 'charts/shop/charts/api/values.yaml' };

  test('deploys a chart per service with the tags of one commit, and knows the versions of the charts', async () => {
    const files = { ...chart('charts/api', 'api', image('api')), ...chart('charts/web', 'web', image('web')) };
    const { folder, services, guesses } = await release(
      ['api', 'web'],
      files,
      {
        values: { api: 'charts/api/values.yaml', web: 'charts/web/values.yaml' },
        lock: 'charts/version-lock.yaml',
        charts: [{ path: 'charts/api' }, { path: 'charts/web', service: 'web', set: ['appVersion'] }],
      },
      'v1.1.0-rc_1',
    );

    expect(services.map(({ values }) => values)).toEqual([
      [{ file: 'api', path: 'image.tag' }],
      [{ file: 'web', path: 'image.tag' }],
    ]);
    expect(guesses.join()).toContain('"values": { "api": "charts/api/values.yaml", "web": "charts/web/values.yaml" }');
    for (const name of ['api', 'web']) {
      await runProgram('helm', ['lint', '--strict', `charts/${name}`], folder);
      expect(imagesIn(await runProgram('helm', ['template', `charts/${name}`], folder))).toEqual([
        `ghcr.io/acme/${name}:v1.1.0-rc_1`,
      ]);
    }
    const shown = async (name: string) => parse(await runProgram('helm', ['show', 'chart', `charts/${name}`], folder));
    expect(await shown('api')).toMatchObject({ version: '1.1.0-rc-1', appVersion: 'v1.1.0-rc_1' });
    expect(await shown('web')).toMatchObject({ version: '0.1.0', appVersion: 'v1.1.0-rc_1' });
  });

  test.each<[string, EnvironmentInput['values'], readonly string[]]>([
    ['all files of its chart', LAYERS, ['ghcr.io/acme/api:v1.0.0', 'ghcr.io/acme/web:v9.0.0']],
    ['no file, if all are of subcharts', { sub: LAYERS.sub }, ['ghcr.io/acme/api:v1.0.0', 'ghcr.io/acme/web:v1.0.0']],
    [
      'several files in their order, one with a comma in its name',
      { first: 'charts/shop/a,b.yaml', second: 'charts/shop/values-live.yaml' },
      ['ghcr.io/acme/api:v1.0.0', 'ghcr.io/acme/web:v8.0.0'],
    ],
  ])('is given %s, and reads the files of subcharts by itself', async (_, values, images) => {
    const deploy = { with: 'helm', chart: 'charts/shop', release: 's', cluster: 'c', namespace: 'n' } as const;
    const { folder } = await release(['worker'], UMBRELLA, { values: 'charts/jobs/values.yaml' }, 'v1.1.0');
    const edited = image('web').replace('v1.0.0', 'v9.0.0');
    writeFileSync(
      join(folder, 'charts/shop/values.yaml'),
      Object.keys(values ?? {}).includes('shop') ? edited : image('web'),
    );
    writeFileSync(join(folder, 'charts/shop/a,b.yaml'), 'image: { tag: v7.0.0 }\n');
    writeFileSync(join(folder, 'charts/shop/values-live.yaml'), 'image: { tag: v8.0.0 }\n');
    const [environment] = parseSettings({
      git: { host: 'github', repository: 'team/monorepo' },
      environments: [{ name: 'live', values, lock: 'version-lock.yaml', deploy }],
      releases: { host: 'registry.example', namespace: 'team' },
      candidates: { host: 'registry.example', repository: 'candidates' },
    }).environments;
    if (environment === undefined) throw new Error('there is no environment');

    // As in buildspecs/command.yml.
    const manifests = await runProgram(
      'helm',
      ['template', 'charts/shop', '--values', helmValues(environment)],
      folder,
    );

    expect(imagesIn(manifests)).toEqual(images);
  });
});

describe('Kustomize', () => {
  const MANIFESTS = {
    'deploy/base/apps.yaml': [
      DEPLOYMENT('api', 'api'),
      DEPLOYMENT('web', 'ghcr.io/acme/web'),
      DEPLOYMENT('job', 'job'),
    ].join('---\n'),
    'deploy/base/kustomization.yaml': 'resources: [apps.yaml]\n',
  };
  const OVERLAY = 'deploy/live/kustomization.yaml';
  const KUSTOMIZATION = [
    '# Live.',
    'resources: [../base]',
    'images:',
    '  - name: api',
    '    newName: ghcr.io/acme/api # ours',
    '    newTag: v1.0.0',
    '  - { name: ghcr.io/acme/web, newTag: "v1.0.0" }',
    `  - { name: job, newName: ghcr.io/acme/job, newTag: v1.0.0, digest: "sha256:${'a'.repeat(64)}" }`,
    '',
  ].join('\n');

  test('renders newTag, newName and digest of a release', async () => {
    const files = { ...MANIFESTS, [OVERLAY]: KUSTOMIZATION };
    const { folder, services, guesses, digestOf } = await release(
      ['api', 'job', 'web'],
      files,
      { values: OVERLAY },
      'v1.1.0',
    );

    expect(services.flatMap(({ values }) => values)).toEqual([
      'images[name=api].newTag',
      'images[name=job].newTag',
      'images[name=ghcr.io/acme/web].newTag',
    ]);
    expect(guesses.join()).toContain(`"valuesFile": "${OVERLAY}"`);
    expect(imagesIn(await runProgram('kustomize', ['build', 'deploy/live'], folder))).toEqual([
      'ghcr.io/acme/api:v1.1.0',
      `ghcr.io/acme/job:v1.1.0@${digestOf('job')}`,
      'ghcr.io/acme/web:v1.1.0',
    ]);
  });

  test('renders plain manifests of a release', async () => {
    const file = 'k8s/apps.yaml';
    const files = {
      [file]: ['api', 'web'].map((name) => DEPLOYMENT(name, `ghcr.io/acme/${name}:v1.0.0`)).join('---\n'),
    };
    const { folder, guesses } = await release(['api', 'web'], files, { values: file }, 'v1.1.0');

    expect(guesses.join()).toContain(`"valuesFile": "${file}"`);
    writeFileSync(join(folder, 'k8s/kustomization.yaml'), 'resources: [apps.yaml]\n');
    expect(imagesIn(await runProgram('kustomize', ['build', 'k8s'], folder))).toEqual([
      'ghcr.io/acme/api:v1.1.0',
      'ghcr.io/acme/web:v1.1.0',
    ]);
  });
});

test('Docker Compose reads the images of a release', async () => {
  const files = {
    'compose.yaml': [
      'x-web: &web { restart: always }',
      'services:',
      '  api: { image: "ghcr.io/acme/api:v1.0.0" } # the API',
      '  web:',
      '    <<: *web',
      `    image: ghcr.io/acme/web:v1.0.0@sha256:${'a'.repeat(64)}`,
      '  db: { image: "postgres:17" }',
      '',
    ].join('\n'),
  };
  const { folder, guesses, digestOf } = await release(['api', 'web'], files, { values: 'compose.yaml' }, 'v1.1.0');

  expect(guesses.join()).toContain('"valuesFile": "compose.yaml"');
  const config = JSON.parse(await runProgram('docker-compose', ['config', '--format', 'json'], folder));
  expect(config.services).toMatchObject({
    api: { image: 'ghcr.io/acme/api:v1.1.0' },
    web: { image: `ghcr.io/acme/web:v1.1.0@${digestOf('web')}`, restart: 'always' },
    db: { image: 'postgres:17' },
  });
});
