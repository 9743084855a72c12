/** `catalog init` chooses the files that have the tags: charts, kustomizations, plain manifests or compose files, one or several. */
import { tagFileNames } from '../../../core/catalog-init/tag-files';
import { openValues } from '../../../core/values/edit-values';
import { findImageField } from '../../../core/values/image-fields';
import { dockerfiles, init } from '../../support/pipeline/init-catalog';

const APPS = dockerfiles('api/Dockerfile', 'web/Dockerfile');
const chart = (folder: string, values: string) => ({
  [`${folder}/Chart.yaml`]: `name: ${folder}\nversion: 0.1.0\n`,
  [`${folder}/values.yaml`]: values,
});
const valuesOf = ({ catalog }: ReturnType<typeof init>) =>
  Object.fromEntries(catalog.services.map(({ name, values }) => [name, values]));

const KUSTOMIZATION =
  'resources: [api.yaml]\nimages:\n  - { name: api, newName: ghcr.io/acme/backend, newTag: v1.0.0 }\n  - name: acme/web\n    newTag: v1.0.0\n';
const MANIFESTS = ['api', 'web']
  .map(
    (name) =>
      `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: ${name} }\nspec:\n  template:\n    spec:\n      containers:\n        - name: ${name}\n          image: ghcr.io/acme/${name}:v1.0.0\n`,
  )
  .join('---\n');
const COMPOSE =
  'services:\n  api: { image: "ghcr.io/acme/api:v1.0.0" }\n  web:\n    image: ghcr.io/acme/web:v1.0.0\n  db: { image: "postgres:17" }\n';

const KUSTOMIZED = { api: ['images[name=api].newTag'], web: ['images[name=acme/web].newTag'] };

test.each<[string, Readonly<Record<string, string>>, string, object]>([
  ['a kustomization', { 'deploy/kustomization.yaml': KUSTOMIZATION }, 'deploy/kustomization.yaml', KUSTOMIZED],
  [
    'plain manifests in one file',
    { 'k8s/all.yaml': MANIFESTS },
    'k8s/all.yaml',
    {
      api: ['spec.template.spec.containers[name=api].image'],
      web: ['spec.template.spec.containers[name=web].image'],
    },
  ],
  [
    'a compose file',
    { 'compose.yaml': COMPOSE },
    'compose.yaml',
    { api: ['services.api.image'], web: ['services.web.image'] },
  ],
  [
    'a kustomization rather than a compose file',
    { 'compose.yaml': COMPOSE, 'deploy/kustomization.yaml': KUSTOMIZATION },
    'deploy/kustomization.yaml',
    KUSTOMIZED,
  ],
  [
    'one environment of a kustomization',
    { 'overlays/dev/kustomization.yaml': KUSTOMIZATION, 'overlays/live/kustomization.yaml': KUSTOMIZATION },
    'overlays/dev/kustomization.yaml',
    KUSTOMIZED,
  ],
])('%s', (_, files, path, values) => {
  const made = init({ ...APPS, ...files });

  expect(valuesOf(made)).toEqual(values);
  expect(made.guesses).toContain(
    `${path} has the tags of 2 of 2 services; name it in the settings: "valuesFile": "${path}"`,
  );
  expect(made.catalog.platformVersion).toBe('v1.1.0');
  // Every path that init writes is one that a release can edit.
  const { index } = openValues(files[path] ?? '', path);
  const places = made.catalog.services.flatMap((service) => service.values).map(String);
  expect(places.filter((place) => 'missing' in findImageField(place, index))).toEqual([]);
});

test('a chart per service gives several files, with the names that the settings need', () => {
  const made = init({
    ...APPS,
    ...chart('charts/api', 'image: { repository: ghcr.io/acme/api, tag: v1.0.0 }\n'),
    ...chart('charts/web', 'replicas: 2\nimage:\n  tag: v1.0.0\n'),
  });

  expect(valuesOf(made)).toEqual({
    api: [{ file: 'api', path: 'image.tag' }],
    web: [{ file: 'web', path: 'image.tag' }],
  });
  expect(made.text).toContain('values: { api: [image.tag] }');
  expect(made.guesses).toContain(
    '2 files have the tags of 2 of 2 services; name them in the settings, beside the path of a version lock: "values": { "api": "charts/api/values.yaml", "web": "charts/web/values.yaml" }',
  );
});

test('an umbrella chart counts, not its subcharts', () => {
  const made = init({
    ...APPS,
    ...chart('shop', 'api: { image: { tag: v1.0.0 } }\nweb: { image: { tag: v1.0.0 } }\n'),
    ...chart('shop/charts/api', 'image: { repository: acme/api, tag: v1.0.0 }\n'),
  });

  expect(valuesOf(made)).toEqual({ api: ['api.image.tag'], web: ['web.image.tag'] });
});

test('templates of charts and compose files for developers are no manifests', () => {
  const made = init({
    ...APPS,
    ...chart('deploy/shop', 'x: 1\n'),
    'deploy/shop/templates/api.yaml': MANIFESTS,
    'docker-compose.override.yml': COMPOSE,
  });

  expect(made.guesses).toEqual([
    'deploy/shop/values.yaml has the tags of 0 of 2 services',
    '2 without a tag there have `values: []`',
  ]);
});

test('a file whose paths another chart has, too, gets a name', () => {
  const made = init({
    ...APPS,
    ...chart('api', 'image: { tag: v1.0.0 }\n'),
    ...chart('proxy', 'image: { tag: v3.0.0 }\n'),
  });

  expect(valuesOf(made)).toEqual({ api: [{ file: 'api', path: 'image.tag' }], web: [] });
  expect(made.guesses).toContain(
    'api/values.yaml has the tags of 1 of 2 services; name it in the settings, beside the path of a version lock: "values": { "api": "api/values.yaml" }',
  );
});

test('a chart of tests has no tags of services, and one in a hidden folder may have some', () => {
  const tested = init({ ...APPS, ...chart('pkg/testdata/shop', 'api: { image: { tag: v1.0.0 } }\n') });
  const hidden = init({ ...APPS, ...chart('.helm', 'api: { image: { tag: v1.0.0 } }\n') });

  expect(tested.guesses).toEqual([]);
  expect(valuesOf(hidden)).toEqual({ api: ['api.image.tag'], web: [] });
});

test('files with the same folder name have longer names', () => {
  expect(tagFileNames(['a/api/values.yaml', 'b/api/values.yaml', 'web/kustomization.yaml', '9/values.yaml'])).toEqual([
    'a-api',
    'b-api',
    'web',
    'file-9',
  ]);
});
