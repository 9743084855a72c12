/** `catalog init` knows which images are the repository's own, and which Dockerfiles build none. */
import { dockerfiles, init } from '../../../support/pipeline/init-catalog';

describe('Dockerfiles that nothing builds', () => {
  const files = { ...dockerfiles('api/Dockerfile', 'web/Dockerfile', 'api/genproto/Dockerfile') };
  const compose = 'services: { api: { build: api }, web: { build: web } }';

  test('are tools where files build most others, and the catalog says so', () => {
    const { catalog, leftOut } = init({ ...files, 'compose.yaml': compose });

    expect(catalog.services.map(({ name }) => name)).toEqual(['api', 'web']);
    expect(leftOut).toEqual([{ path: 'api/genproto/Dockerfile', why: expect.stringContaining('a tool') }]);
  });

  test('are services where few are built so, or where the chart has them', () => {
    const chart = { 'chart/Chart.yaml': 'name: x\n', 'chart/values.yaml': 'genproto: { image: { tag: v1.0.0 } }\n' };

    expect(init({ ...files, 'compose.yaml': 'services: { api: { build: api } }' }).services).toHaveLength(3);
    expect(init({ ...files, ...chart, 'compose.yaml': compose }).services).toHaveLength(3);
  });
});

describe('the names of images', () => {
  const api = 'FROM shop-base\nCOPY api /api\n';

  test.each([
    [
      'compose',
      'compose.yaml',
      'services: { base: { image: "shop-base", build: { context: ., dockerfile: base.dockerfile } }, api: { image: "shop-api:1", build: { context: ., dockerfile: api/Dockerfile } } }',
    ],
    [
      'Tilt',
      'Tiltfile',
      "docker_build('shop-base', '.', dockerfile='base.dockerfile')\ndocker_build('shop-api', '.', dockerfile='api/Dockerfile')\n",
    ],
    [
      'named contexts',
      'docker-bake.hcl',
      'target "base" { dockerfile = "base.dockerfile" }\ntarget "api" {\n  dockerfile = "api/Dockerfile"\n  tags = ["shop-api"]\n  contexts = { shop-base = "target:base" }\n}',
    ],
    [
      'Skaffold',
      'skaffold.yaml',
      'build: { artifacts: [{ image: shop-base, context: ., docker: { dockerfile: base.dockerfile } }, { image: shop-api, context: ., docker: { dockerfile: api/Dockerfile } }] }',
    ],
  ])('are those that %s gives them, so that FROM knows them', (_, file, text) => {
    const { catalog } = init({
      'api/Dockerfile': api,
      'api/x': '1',
      'base.dockerfile': 'FROM scratch\n',
      [file]: text,
    });

    expect(catalog.services.map(({ name, image }) => [name, image])).toEqual([
      ['api', 'shop-api'],
      ['base', 'shop-base'],
    ]);
  });

  test('are not used if they are the same for all, or known in part', () => {
    const compose = (image: string) =>
      `services: { a: { image: "${image}-a", build: a }, b: { image: "${image}-b", build: b } }`;
    const images = (image: string) =>
      init({ ...dockerfiles('a/Dockerfile', 'b/Dockerfile'), 'compose.yaml': compose(image) }).services.map(
        (each) => each.image,
      );

    expect(images('ghcr.io/t/demo:1')).toEqual(['a', 'b']);
    expect(images('ghcr.io/t/$X')).toEqual(['a', 'b']);
  });
});

describe('services that others are built from', () => {
  const chain = {
    'base.dockerfile': 'FROM scratch\n',
    'py/Dockerfile': 'FROM shop-base\n',
    'api/Dockerfile': 'FROM python:3.12 AS x\nFROM registry.example/shop/py:1\n',
    'web/Dockerfile': 'FROM nginx\n',
    'compose.yaml': 'services: { base: { image: shop-base, build: { context: ., dockerfile: base.dockerfile } } }\n',
  };

  test('are built in earlier stages, and the catalog says so', () => {
    const { catalog, guesses } = init(chain);

    expect(catalog.stages.map(({ name, needs }) => [name, needs])).toEqual([
      ['bases_2', []],
      ['bases', ['bases_2']],
      ['services', ['bases']],
    ]);
    expect(catalog.services.map(({ name, stage }) => [name, stage])).toEqual([
      ['api', 'services'],
      ['base', 'bases_2'],
      ['py', 'bases'],
      ['web', 'services'],
    ]);
    expect(guesses).toContain('other services are built from the images of base, py, so these have an earlier stage');
  });

  test('may themselves be built from an image of others with the same name, as a plan sees it', () => {
    const { catalog } = init({
      'nginx/Dockerfile': 'FROM nginx:1.27\n',
      'api/Dockerfile': 'FROM shop/nginx:5\n',
    });

    expect(catalog.services.map(({ name, stage }) => [name, stage])).toEqual([
      ['api', 'services'],
      ['nginx', 'bases'],
    ]);
  });

  test('are not those of others with the same name, nor a circle', () => {
    const nginx = { 'nginx/Dockerfile': 'FROM nginx\n', 'api/Dockerfile': 'FROM nginx\n' };
    const circle = { 'a/Dockerfile': 'FROM b\n', 'b/Dockerfile': 'FROM a\n' };

    for (const files of [nginx, circle]) expect(init(files).catalog.stages).toHaveLength(1);
  });
});
