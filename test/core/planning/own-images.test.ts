import { indexTree } from '../../../core/input-digest/tree-index';
import {
  discoverReleased,
  imagesWithPrefixes,
  ownBareNames,
  ownImagePrefixes,
  ownImages,
} from '../../../core/planning/own-images';
import { catalogOf, serviceOf, textsOf, treeOf } from '../../support/docker/docker-context';

const CATALOG = catalogOf(
  ['base', 'api', 'grafana', 'tools/cli'].map((image) => serviceOf({ name: image.replace('/', '-'), image })),
);
const prefixes = (bases: Readonly<Record<string, readonly string[]>>) => [
  ...ownImagePrefixes(CATALOG, new Map(Object.entries(bases).map(([name, list]) => [name, { bases: list }]))),
];

describe('catalog images in Dockerfiles', () => {
  test.each([
    ['with a namespace and a tag', { api: ['team/base:latest'] }, ['team/']],
    ['with a host and a port', { api: ['localhost:5000/team/base:1'] }, ['localhost:5000/team/']],
    ['whose name has a slash', { api: ['team/tools/cli'] }, ['team/']],
    ['none among images of others', { api: ['python:3.12-slim', 'alpine'] }, []],
  ])('are known %s', (_, bases, expected) => {
    expect(prefixes(bases)).toEqual(expected);
  });

  test('are external if a service would be built from its own name', () => {
    expect(prefixes({ grafana: ['grafana/grafana:9'], api: ['grafana/base'] })).toEqual([]);
  });

  test('are all images of the catalog behind the prefix', () => {
    expect([...imagesWithPrefixes(CATALOG, ['team/'])]).toEqual([
      ['team/api', 'api'],
      ['team/base', 'base'],
      ['team/grafana', 'grafana'],
      ['team/tools/cli', 'tools-cli'],
    ]);
  });
});

describe('bare names of catalog images', () => {
  const bare = (bases: Readonly<Record<string, readonly string[]>>) => [
    ...ownBareNames(CATALOG, new Map(Object.entries(bases).map(([name, list]) => [name, { bases: list }]))),
  ];

  test('are those that other services name, with or without a tag', () => {
    expect(bare({ api: ['base:1', 'alpine'], grafana: ['tools/cli'] })).toEqual(['base', 'tools/cli']);
  });

  test('are external if the own service is built from it, which does not touch other names', () => {
    expect(bare({ grafana: ['grafana:9'], api: ['grafana', 'base'] })).toEqual(['base']);
  });

  test('are part of Docker Hub only below library', () => {
    expect([...ownImages(CATALOG, 'docker.io/library').keys()]).toContain('base');
    expect([...ownImages(CATALOG, 'docker.io/team').keys()]).not.toContain('base');
  });

  test('link services in the deployed plan, as on a laptop', () => {
    const digest = (base: string, from: string) => {
      const files = {
        'base/Dockerfile': `FROM scratch\nCOPY base/x /\n`,
        'base/x': base,
        'api/Dockerfile': `FROM ${from}\n`,
      };
      const services = ['base', 'api'].map((name) =>
        serviceOf({ name, image: name, path: name, dockerfile: `${name}/Dockerfile` }),
      );
      const discovery = {
        catalog: catalogOf(services),
        tree: indexTree(treeOf(files)),
        texts: textsOf(files),
        recipeVersion: '1',
      };
      return discoverReleased(discovery, 'ghcr.io/team').inputs.get('api')?.inputDigest;
    };

    for (const from of ['base', 'base:1', 'ghcr.io/team/base:1']) expect(digest('1', from)).not.toBe(digest('2', from));
    for (const from of ['ghcr.io/other/base', 'alpine']) expect(digest('1', from)).toBe(digest('2', from));
  });
});
