import { judgePulledNames } from '../../../../core/planning/registries/pulled-names';
import { environmentNamed } from '../../../../core/settings/environment';
import { parseSettings } from '../../../../core/settings/parse-settings';

const HERE = '111122223333.dkr.ecr.eu-central-1.amazonaws.com';
const THERE = '444455556666.dkr.ecr.eu-west-1.amazonaws.com';
const settings = parseSettings({
  git: { host: 'github', repository: 'team/monorepo' },
  releases: { host: HERE, namespace: 'shop' },
  candidates: { host: HERE, repository: 'candidates' },
  environments: [
    { name: 'staging', values: 'values.yaml' },
    {
      name: 'live',
      values: 'live.yaml',
      lock: 'version-lock-live.yaml',
      registry: { host: THERE, namespace: 'live' },
    },
  ],
});

const api = { name: 'api', image: 'rest-api', values: ['api.image.tag'] };

function judge(environment: string, text: string, services: Parameters<typeof judgePulledNames>[0] = [api]) {
  const texts = new Map(['values.yaml', 'live.yaml'].map((path) => [path, text]));
  return judgePulledNames(services, { environment: environmentNamed(settings, environment), settings, texts });
}

const chart = (fields: string) => `api:\n  image: { ${fields} }\n`;
const right = { problems: [], warnings: [], right: ['api'], unseen: [] };

test.each([
  ['a whole name', `repository: ${THERE}/live/rest-api, tag: v1`],
  ['a registry beside the name', `registry: ${THERE}, repository: live/rest-api, tag: v1`],
  ['a registry with the namespace', `registry: ${THERE}/live, repository: rest-api, tag: v1`],
  ['a registry alone, the rest of which a template has', `registry: ${THERE}, tag: v1`],
  ['its address for IPv6', 'repository: 444455556666.dkr-ecr.eu-west-1.on.aws/live/rest-api, tag: v1'],
  ['its address for FIPS', 'repository: 444455556666.dkr.ecr-fips.eu-west-1.amazonaws.com/live/rest-api, tag: v1'],
])('values that name the registry of the environment are right: %s', (_, fields) => {
  expect(judge('live', chart(fields))).toEqual(right);
});

test.each([
  ['no name', 'tag: v1'],
  ['a name without a registry', 'repository: shop/rest-api, tag: v1'],
  ['a template', `repository: "{{ .Values.registry }}/shop/api", registry: ${HERE}, tag: v1`],
  ['an empty registry', 'registry: "", repository: live/rest-api, tag: v1'],
])('values of which only the templates know the registry are no problem: %s', (_, fields) => {
  expect(judge('live', chart(fields))).toEqual({ problems: [], warnings: [], right: [], unseen: ['api'] });
});

test.each([
  [`repository: ${HERE}/shop/rest-api, tag: v1`, 'api.image.repository', `write ${THERE}/live/rest-api`],
  [`registry: ${HERE}, repository: live/rest-api, tag: v1`, 'api.image.registry', `write ${THERE}`],
  [`registry: ${HERE}/, repository: live/rest-api, tag: v1`, 'api.image.registry', `write ${THERE}/`],
  [`registry: ${HERE}, repository: shop/rest-api, tag: v1`, 'api.image.registry', `give ${THERE}/live/rest-api`],
  [`registry: ${HERE}/shop, tag: v1`, 'api.image.registry', `write ${THERE}/live`],
])(
  'values that name the releases are a problem for an environment with its own registry: { %s }',
  (fields, path, cure) => {
    const [found, ...others] = judge('live', chart(fields)).problems;
    expect(others).toEqual([]);
    expect(found).toMatchObject({ path: `live.yaml: ${path}`, line: 2 });
    expect(found?.message).toContain('the registry of the releases, and environment live pulls api from');
    expect(found?.message.endsWith(cure)).toBe(true);
  },
);

test('a whole reference keeps its tag in the text to write', () => {
  const text = `services:\n  api:\n    image: ${HERE}/shop/rest-api:v1.0.0\n`;
  const [found] = judge('live', text, [{ ...api, values: ['services.api.image'] }]).problems;
  expect(found).toMatchObject({ path: 'live.yaml: services.api.image', line: 3 });
  expect(found?.message).toContain(`write ${THERE}/live/rest-api:v1.0.0`);
});

test('an image of kustomize is pulled by its new name, or else by its name', () => {
  const image = (fields: string) => `images:\n  - { name: ${fields}, newTag: v1 }\n`;
  const services = [{ ...api, values: ['images[0].newTag'] }];
  expect(judge('live', image(`${HERE}/shop/rest-api, newName: ${THERE}/live/rest-api`), services)).toEqual(right);
  expect(judge('live', image(`${HERE}/shop/rest-api`), services).problems).toHaveLength(1);
});

test('of a registry beside the name and one of the whole chart, one has to be right', () => {
  const text = (own: string, whole: string) =>
    `global: { imageRegistry: ${whole} }\n${chart(`registry: ${own}, repository: live/rest-api, tag: v1`)}`;
  expect(judge('live', text('docker.io', THERE))).toEqual(right);
  expect(judge('live', text(THERE, HERE))).toEqual(right);
  expect(judge('live', text(HERE, HERE)).problems).toHaveLength(1);
});

test('a registry that several services share is one problem', () => {
  const text = `global: { imageRegistry: ${HERE} }\napi: { tag: v1 }\nweb: { tag: v1 }\n`;
  const services = ['api', 'web'].map((name) => ({ name, image: name, values: [`${name}.tag`] }));
  expect(judge('live', text, services).problems.map(({ path }) => path)).toEqual(['live.yaml: global.imageRegistry']);
});

test('an environment that pulls the releases must not name the registry of another one, nor that of builds', () => {
  const messages = [`${THERE}/live/rest-api`, `${HERE}/candidates`, `${HERE}/shop/rest-api`].map((repository) =>
    judge('staging', chart(`repository: ${repository}, tag: v1`)).problems.map(({ message }) => message),
  );
  expect(messages).toEqual([
    [expect.stringContaining('the registry of environment live, and environment staging pulls api from')],
    [expect.stringContaining('where images are built')],
    [],
  ]);
});

test('a registry that the settings do not know may be a cache: one warning for all of its fields', () => {
  const text = ['a', 'b', 'c', 'd']
    .map((name) => `${name}: { image: { repository: cache.example/shop/${name}, tag: v1 } }\n`)
    .join('');
  const services = ['a', 'b', 'c', 'd'].map((name) => ({ name, image: name, values: [`${name}.image.tag`] }));
  const { problems, warnings } = judge('staging', text, services);
  expect(problems).toEqual([]);
  expect(warnings).toEqual([
    expect.stringMatching(/cache\.example.*staging.*a\.image\.repository.*1 more; right for a cache/),
  ]);
});

test('another image in the right registry is a warning', () => {
  const { problems, warnings } = judge('live', chart(`repository: ${THERE}/live/web, tag: v1`));
  expect(problems).toEqual([]);
  expect(warnings).toEqual([expect.stringContaining(`${THERE}/live/web for ${THERE}/live/rest-api`)]);
});

test.each([true, false])('however a name is split over the two fields, it counts as a whole (right: %s)', (isRight) => {
  const [host = '', ...rest] = `${isRight ? THERE : HERE}/${isRight ? 'live' : 'shop'}/rest-api`.split('/');
  const counts = [0, 1].map((moved) => {
    const registry = [host, ...rest.slice(0, moved)].join('/');
    const text = chart(`registry: ${registry}, repository: ${rest.slice(moved).join('/')}, tag: v1`);
    return judge('live', text).problems.length;
  });
  expect(counts).toEqual(isRight ? [0, 0] : [1, 1]);
});
