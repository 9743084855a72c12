import { parseCatalog } from '../../../core/catalog/parse-catalog';

const service = (keys: string) => parseCatalog(`platform: v1.4.0\nservices:\n  web.api: ${keys}\n`).services[0];

it('a service with a build has no Dockerfile, and its inputs are its own folder', () => {
  expect(service('{ image: api, build: { command: [make, image], env: { A: b } } }')).toMatchObject({
    dockerfile: '',
    path: 'web.api',
    build: { inputs: ['web.api'], command: ['make', 'image'], env: { A: 'b' } },
  });
});

it.each([
  ['text is shell text that ends at its first failure', 'build: "a\\nb"', { command: ['sh', '-e', '-c', 'a\nb'] }],
  ['one pattern needs no list', 'build: a, inputs: go.mod', { inputs: ['go.mod'] }],
  [
    'patterns with wildcards and ! stay as they are',
    'build: a, inputs: [x, "!**/*.md"]',
    { inputs: ['x', '!**/*.md'] },
  ],
  ['the repository itself means all files', 'build: a, path: .', { inputs: ['**'] }],
  [
    'a folder with characters of patterns is meant as it is written',
    'build: a, path: "a[1]"',
    { inputs: ['a\\[1\\]'] },
  ],
])('%s', (_rule, keys, build) => {
  expect(service(`{ image: api, ${keys} }`)?.build).toMatchObject(build);
});

it('a tool reads the folder of its service, and the files beside it that it usually reads if they exist', () => {
  const build = service('{ image: api, path: api, build: { tool: ko, args: [-x] } }')?.build;

  expect(build).toMatchObject({ inputs: ['api'], reads: expect.arrayContaining(['go.mod', 'vendor']), env: {} });
  expect(build?.command.slice(4)).toEqual(['ko', '', 'api', 'web.api', '-x']);
});

it('a tool whose inputs are named reads those alone', () => {
  expect(service('{ image: api, inputs: api, build: { tool: ko } }')?.build).toMatchObject({
    inputs: ['api'],
    reads: [],
  });
});

it('defaults that only a Dockerfile uses do not disturb a build', () => {
  const { services } = parseCatalog(
    'platform: v1.4.0\ndefaults: { context: service, bases: follow }\nservices: { api: { build: make } }\n',
  );
  expect(services[0]).toMatchObject({ dockerfile: '', bases: 'follow' });
});
