import { parseCatalog } from '../../../core/catalog/parse-catalog';

test('paths of tags may be in values files that the settings name', () => {
  const values = (text: string) =>
    parseCatalog(`platform: v1.4.0\nservices:\n  api: { values: ${text} }\n  web: { values: { web: image.tag } }\n`)
      .services[0]?.values;

  expect(values('{ api: image.tag }')).toEqual([{ file: 'api', path: 'image.tag' }]);
  expect(values('[api.tag, { api: [image.tag, job.tag], web: api.tag }]')).toEqual([
    'api.tag',
    { file: 'api', path: 'image.tag' },
    { file: 'api', path: 'job.tag' },
    { file: 'web', path: 'api.tag' },
  ]);
});

describe('a small catalog', () => {
  test('needs one line for a service in the folder of its Dockerfile', () => {
    const catalog = parseCatalog('platform: v1.4.0\nservices:\n  restapi: rest_api\n');

    expect(catalog).toEqual({
      platformVersion: 'v1.4.0',
      stages: [{ name: 'services', title: 'Services', needs: [] }],
      modules: [],
      services: [
        {
          name: 'restapi',
          image: 'restapi',
          path: 'rest_api',
          dockerfile: 'rest_api/Dockerfile',
          context: '',
          buildArgs: {},
          platforms: [],
          stage: 'services',
          priority: 2,
          minutes: 10,
          dependencies: [],
          values: ['restapi.image.tag'],
          versioning: 'platform',
          retagOnly: false,
          categories: [],
        },
      ],
    });
  });

  test('uses the name of a service as its default folder', () => {
    const [service] = parseCatalog('platform: v1.4.0\nservices:\n  ngui:\n').services;

    expect(service).toMatchObject({ name: 'ngui', path: 'ngui', dockerfile: 'ngui/Dockerfile' });
  });

  test('may contain a single service at the root of the repository', () => {
    const [service] = parseCatalog('platform: v1.4.0\nservices:\n  web: .\n').services;

    expect(service).toMatchObject({ path: '', dockerfile: 'Dockerfile', context: '' });
  });
});

describe('a full catalog', () => {
  const catalog = parseCatalog(`
platform: v1.4.0
stages:
  - { name: tools, title: Tools & Common Libraries }
  - { name: critical, needs: [tools], maxConcurrency: 3 }
defaults: { context: service, stage: critical, minutes: 7, priority: P3, platforms: [linux/amd64] }
modules:
  cloud_adapter: tools/cloud_adapter
  optscale_time: { path: tools/optscale_time, publish: true }
services:
  worker:
    path: apps/worker
    dockerfile: docker/worker.Dockerfile
    context: .
    image: team/worker
    target: final
    buildArgs: { PYTHON: '3.10' }
    platforms: [linux/arm64/v8]
    stage: tools
    priority: 0
    minutes: 15
    compute: large
    timeoutMinutes: 90
    dependencies: [cloud_adapter, optscale_time]
    values: [worker.image.tag, 'jobs["a.b"].image.tag']
    versioning: independent
    version: 0.1.0
    retagOnly: true
    bases: { maxAge: 30d }
    category: [A, D]
    group: Core-A
  api: { path: apps/api, values: apis.api.tag, category: C1 }
  web.v2:
`);
  const [api, web, worker] = catalog.services;

  test('keeps every key', () => {
    expect(worker).toEqual({
      name: 'worker',
      path: 'apps/worker',
      dockerfile: 'docker/worker.Dockerfile',
      context: '',
      image: 'team/worker',
      target: 'final',
      buildArgs: { PYTHON: '3.10' },
      platforms: ['linux/arm64/v8'],
      stage: 'tools',
      priority: 0,
      minutes: 15,
      compute: 'large',
      timeoutMinutes: 90,
      dependencies: ['cloud_adapter', 'optscale_time'],
      values: ['worker.image.tag', 'jobs["a.b"].image.tag'],
      versioning: 'independent',
      version: '0.1.0',
      retagOnly: true,
      bases: { maxAgeDays: 30 },
      categories: ['A', 'D'],
      group: 'Core-A',
    });
  });

  test('applies its own defaults', () => {
    expect(api).toMatchObject({ context: 'apps/api', stage: 'critical', minutes: 7, priority: 3 });
    expect(api).toMatchObject({ platforms: ['linux/amd64'], values: ['apis.api.tag'], categories: ['C1'] });
  });

  test('quotes a service name with a dot in the path of its tag', () => {
    expect(web).toMatchObject({ name: 'web.v2', values: ['["web.v2"].image.tag'] });
  });

  test('keeps stages and modules in order, and gives stages a title', () => {
    expect(catalog.stages).toEqual([
      { name: 'tools', title: 'Tools & Common Libraries', needs: [] },
      { name: 'critical', title: 'Critical', needs: ['tools'], maxConcurrency: 3 },
    ]);
    expect(catalog.modules).toEqual([
      { name: 'cloud_adapter', path: 'tools/cloud_adapter' },
      {
        name: 'optscale_time',
        path: 'tools/optscale_time',
        publish: { package: 'optscale_time', stage: 'tools', minutes: 10 },
      },
    ]);
  });

  test('sorts services by name, regardless of their order in the file', () => {
    expect(catalog.services.map(({ name }) => name)).toEqual(['api', 'web.v2', 'worker']);
  });
});

describe('valid YAML forms', () => {
  test.each([
    ['a byte order mark and CRLF', '\ufeffplatform: v1.4.0\r\nservices:\r\n  a:\r\n'],
    ['flow style and JSON', '{"platform": "v1.4.0", "services": {"a": null}}'],
    ['comments and empty sections', '# ours\nplatform: v1.4.0 # next\nmodules:\nservices:\n  a: # here\n'],
    ['anchors', 'platform: &v v1.4.0\nservices:\n  a: { path: &p a, dockerfile: a/Dockerfile, group: *p }\n'],
    ['a version without v', 'platform: 1.4.0\nservices: { a: }\n'],
  ])('include %s', (_, text) => {
    expect(parseCatalog(text).services).toHaveLength(1);
  });
});
