import { imagesWithPrefixes, ownImagePrefixes } from '../../../core/planning/own-images';
import { catalogOf, serviceOf } from '../../support/docker/docker-context';

const CATALOG = catalogOf(
  ['base', 'api', 'grafana', 'tools/cli'].map((image) => serviceOf({ name: image.replace('/', '-'), image })),
);
const prefixes = (bases: Readonly<Record<string, readonly string[]>>) => [
  ...ownImagePrefixes(CATALOG, new Map(Object.entries(bases).map(([name, list]) => [name, { bases: list }]))),
];

describe('catalog images in Dockerfiles', () => {
  test.each([
    ['without a host', { api: ['base:1'] }, ['']],
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
