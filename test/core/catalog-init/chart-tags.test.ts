/** `catalog init` reads the chart: versions, and the place of each tag. */
import { fileWithMost, nextPlatform } from '../../../core/catalog-init/chart-tags';
import { dockerfiles, init } from '../../support/pipeline/init-catalog';

const CHART = { 'chart/Chart.yaml': 'name: shop\nversion: 1.0.0\n' };

function initWith(values: string, ...paths: string[]) {
  return init({ ...dockerfiles(...paths), ...CHART, 'chart/values.yaml': values });
}

const valuesOf = ({ catalog }: ReturnType<typeof init>) =>
  Object.fromEntries(catalog.services.map(({ name, values }) => [name, values]));

test('the usual place needs no path, another one is found by the repository beside the tag', () => {
  const made = initWith(
    'api:\n  image: { repository: acme/api, tag: v1.0.0 }\nfront:\n  server: { repository: acme/web, tag: v1.0.0 }\n',
    'api/Dockerfile',
    'web/Dockerfile',
  );

  expect(valuesOf(made)).toEqual({ api: ['api.image.tag'], web: ['front.server.tag'] });
  expect(made.text).not.toContain('values: [api');
});

test('a repository that is another service decides against the name of the map', () => {
  const made = initWith('api:\n  image: { repository: acme/web, tag: v1.0.0 }\n', 'api/Dockerfile', 'web/Dockerfile');

  expect(valuesOf(made)).toEqual({ api: [], web: ['api.image.tag'] });
});

test('a service that the chart does not have gets no path, and the catalog says so', () => {
  const made = initWith('api: { image: { tag: v1.0.0 } }\n', 'api/Dockerfile', 'tool/Dockerfile');

  expect(valuesOf(made)).toEqual({ api: ['api.image.tag'], tool: [] });
  expect(made.guesses).toContain('1 without a tag there have `values: []`');
});

test('the only chart may have no tag of a service, and then a release changes nothing in it', () => {
  const made = initWith('image: { repo: acme, version: latest }\n', 'api/Dockerfile', 'tool/Dockerfile');

  expect(valuesOf(made)).toEqual({ api: [], tool: [] });
  expect(made.guesses).toContain('chart/values.yaml has the tags of 0 of 2 services');
});

test('several tags of one image are all set, and a whole reference is one, too', () => {
  const made = initWith(
    'api: { image: "ghcr.io/acme/api:v1.0.0" }\njob: { repository: acme/api, tag: v1.0.0 }\n',
    'api/Dockerfile',
  );

  expect(valuesOf(made)).toEqual({ api: ['api.image', 'job.tag'] });
});

test('the version that most tags have leads to the one under development, and another version stays its own', () => {
  const made = initWith(
    'tag: &tag v0.9.0\napi: { image: { tag: *tag } }\nweb: { image: { tag: *tag } }\nold: { image: { tag: "0.8.3" } }\n',
    'api/Dockerfile',
    'web/Dockerfile',
    'old/Dockerfile',
  );

  expect(made.catalog.platformVersion).toBe('v0.10.0');
  expect(made.catalog.services.map(({ name, versioning, version }) => [name, versioning, version])).toEqual([
    ['api', 'platform', undefined],
    ['old', 'independent', '0.8.3'],
    ['web', 'platform', undefined],
  ]);
});

test.each([
  ['v1.4.0', 'v1.5.0'],
  ['1.4.2', '1.5.0'],
  ['v1.4.0-dev-3', 'v1.4.0'],
  ['latest', undefined],
])('%s in the chart means %s under development', (tag, platform) => {
  expect(nextPlatform(tag)).toBe(platform);
});

test('without a chart, or with one that cannot be read, nothing is guessed', () => {
  expect(init(dockerfiles('api/Dockerfile')).guesses).toEqual([]);
  expect(initWith('api: [\n', 'api/Dockerfile').guesses).toEqual([]);
});

describe('of several values files, the one with most tags of the catalog', () => {
  const files = new Map([
    ['ingress/values.yaml', 'controller: { image: { tag: v1 } }\n'],
    ['shop/values.yaml', 'api: { image: { tag: v1.0.0 } }\nweb: { image: { tag: v1.0.0 } }\n'],
    ['broken/values.yaml', 'api: [\n'],
  ]);

  test('is the chart of the services', () => {
    expect(fileWithMost(files, ['api.image.tag', 'web.image.tag', 'none.image.tag'])).toBe('shop/values.yaml');
  });

  test('is none if none has any, or two have as many', () => {
    expect(fileWithMost(files, ['job.image.tag'])).toBeUndefined();
    expect(fileWithMost(files, ['api.image.tag', 'controller.image.tag'])).toBeUndefined();
  });
});
