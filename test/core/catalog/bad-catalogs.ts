/** Catalogs that must be refused, each with every problem that must be reported: path, line, and words of the message. */

export interface BadCatalog {
  readonly what: string;
  readonly text: string;
  readonly problems: readonly (readonly [path: string, line: number | undefined, words: string])[];
}

const V = 'platform: v1.4.0\n';
const one = (service: string) => `${V}services:\n  api: ${service}\n`;
const stages = (list: string) => `${V}stages:\n${list}services: { api: }\n`;

const syntax: readonly BadCatalog[] = [
  { what: 'an empty file', text: '', problems: [['catalog', undefined, 'must be a map of keys, not nothing']] },
  { what: 'comments only', text: '# later\n', problems: [['catalog', undefined, 'not nothing']] },
  {
    what: 'a web page',
    text: '<!doctype html><title>404</title>',
    problems: [['catalog', 1, "not the text '<!doctype html>"]],
  },
  { what: 'a list', text: '- a\n- b\n', problems: [['catalog', 1, 'not a list']] },
  { what: 'a tab for indentation', text: `${V}services:\n\tapi: x\n`, problems: [['catalog', 3, 'Tabs']] },
  { what: 'a quote without end', text: `${V}services: { api: "x }\n`, problems: [['catalog', 3, 'Missing closing']] },
  {
    what: 'two documents',
    text: `${V}services: { api: }\n---\nb: 1\n`,
    problems: [['catalog', 3, 'multiple documents']],
  },
  { what: 'a tag of a program', text: one('!!js/function "x"'), problems: [['catalog', 3, 'Unresolved tag']] },
  {
    what: 'an alias of nothing',
    text: one('*gone'),
    problems: [['catalog', undefined, 'alias that cannot be followed']],
  },
  {
    what: 'a merge conflict',
    text: `${V}<<<<<<< HEAD\nservices: { a: }\n=======\nservices: { b: }\n>>>>>>> x\n`,
    problems: [
      ['catalog', 2, 'Implicit keys'],
      ['catalog', 4, 'Implicit keys'],
      ['catalog', 6, 'Implicit'],
    ],
  },
  {
    what: 'a service that stands twice',
    text: `${V}services:\n  auth: a\n  api:\n  auth: b\n`,
    problems: [['services.auth', 5, 'stands here again, after line 3']],
  },
  {
    what: 'a key that stands twice',
    text: one('{ minutes: 5, minutes: 6 }'),
    problems: [['services.api.minutes', 3, 'stands here again']],
  },
  {
    what: 'a section that stands twice',
    text: `${one('')}services: { b: }\n`,
    problems: [['services', 4, 'stands here again, after line 2']],
  },
];

const types: readonly BadCatalog[] = [
  {
    what: 'neither version nor services',
    text: 'modules: {}\n',
    problems: [
      ['platform', 1, 'is missing'],
      ['services', 1, 'is missing'],
    ],
  },
  {
    what: 'a version that YAML takes for a number',
    text: 'platform: 1.4\nservices: { api: }\n',
    problems: [['platform', 1, 'write it in quotes']],
  },
  {
    what: 'services as a list',
    text: `${V}services:\n  - api\n`,
    problems: [['services', 2, 'must be a map of names, not a list']],
  },
  { what: 'no service', text: `${V}services: {}\n`, problems: [['services', 2, 'at least one']] },
  {
    what: 'a service that is a number',
    text: one('5'),
    problems: [['services.api', 3, 'must be a map of keys, not 5']],
  },
  {
    what: 'stages as a map',
    text: `${V}stages: { a: }\nservices: { api: }\n`,
    problems: [['stages', 2, 'must be a list, not a map']],
  },
  {
    what: 'no stage in the list',
    text: `${V}stages: []\nservices: { api: }\n`,
    problems: [['stages', 2, 'must not be empty']],
  },
  { what: 'a stage as text', text: stages('  - tools\n'), problems: [['stages[0]', 3, "not the text 'tools'"]] },
  {
    what: 'a module without a path',
    text: `${V}modules: { m: }\nservices: { api: }\n`,
    problems: [['modules.m.path', 2, 'is missing']],
  },
  {
    what: 'half a minute',
    text: one('{ minutes: 0.5 }'),
    problems: [['services.api.minutes', 3, 'whole number, not 0.5']],
  },
  { what: 'no minutes', text: one('{ minutes: 0 }'), problems: [['services.api.minutes', 3, '1 or more']] },
  {
    what: 'more minutes than a build may take',
    text: one('{ minutes: 2161 }'),
    problems: [['services.api.minutes', 3, '2160 or less']],
  },
  {
    what: 'a priority beyond the last',
    text: one('{ priority: P12 }'),
    problems: [['services.api.priority', 3, 'P0 to P9']],
  },
  {
    what: 'a priority below the first',
    text: one('{ priority: -1 }'),
    problems: [['services.api.priority', 3, 'P0 to P9']],
  },
  {
    what: 'yes instead of true',
    text: one('{ retagOnly: yes }'),
    problems: [['services.api.retagOnly', 3, "not the text 'yes'"]],
  },
  {
    what: 'a build argument that is a number',
    text: one('{ buildArgs: { PYTHON: 3.10 } }'),
    problems: [['services.api.buildArgs.PYTHON', 3, 'write it in quotes']],
  },
  {
    what: 'a build argument that is no name',
    text: one("{ buildArgs: { 'A B': x } }"),
    problems: [['services.api.buildArgs["A B"]', 3, 'a build argument has']],
  },
  {
    what: 'one dependency not in a list',
    text: one('{ dependencies: m }'),
    problems: [['services.api.dependencies', 3, 'must be a list']],
  },
  {
    what: 'a versioning that does not exist',
    text: one('{ versioning: own }'),
    problems: [['services.api.versioning', 3, "'platform' or 'independent'"]],
  },
  {
    what: 'a mistyped key',
    text: one('{ minuts: 5 }'),
    problems: [['services.api.minuts', 3, "did you mean 'minutes'?"]],
  },
  {
    what: 'a mistyped section',
    text: `${V}servises: { api: }\n`,
    problems: [
      ['services', 1, 'is missing'],
      ['servises', 2, "did you mean 'services'?"],
    ],
  },
  {
    what: 'a key of a service among the defaults',
    text: `${V}defaults: { image: a }\nservices: { api: }\n`,
    problems: [['defaults.image', 2, 'no key']],
  },
  {
    what: 'a merge key',
    text: `${V}services:\n  a: &a { minutes: 5 }\n  b: { <<: *a }\n`,
    problems: [['services.b["<<"]', 4, 'no key']],
  },
];

const names: readonly BadCatalog[] = [
  {
    what: 'a service name with a slash',
    text: `${V}services: { a/b: { image: b } }\n`,
    problems: [['services["a/b"]', 2, 'a service name has']],
  },
  {
    what: 'a service name with a space',
    text: `${V}services: { a b: { image: b } }\n`,
    problems: [['services["a b"]', 2, 'a service name has']],
  },
  {
    what: 'a service name like an option',
    text: `${V}services: { --x: { image: b } }\n`,
    problems: [['services.--x', 2, 'a service name has']],
  },
  {
    what: 'a service name too long for a tag',
    text: `${V}services: { ${'a'.repeat(81)}: { image: b } }\n`,
    problems: [[`services.${'a'.repeat(77)}...`, 2, 'at most 80 characters']],
  },
  {
    what: 'an empty service name',
    text: `${V}services: { '': { image: b } }\n`,
    problems: [['services[""]', 2, 'a service name has']],
  },
  {
    what: "a service named like JavaScript's own",
    text: `${V}services: { __proto__: { image: b }, a: }\n`,
    problems: [['services', 2, 'has the key __proto__']],
  },
  { what: 'a number as a name', text: `${V}services: { 1.10: x }\n`, problems: [['services', 2, 'has the key 1.1']] },
  {
    what: 'a map as a name',
    text: `${V}services:\n  ? { a: b }\n  : x\n  c:\n`,
    problems: [['services', 3, 'a key that is no text']],
  },
  {
    what: 'services that differ by case',
    text: `${V}services:\n  auth:\n  Auth: { image: auth2 }\n`,
    problems: [['services.Auth', 4, "the service 'auth' differs from it by case only"]],
  },
  {
    what: 'a name that cannot be an image',
    text: `${V}services:\n  MyApi:\n`,
    problems: [['services.MyApi.image', 3, "such as 'myapi'"]],
  },
  { what: 'an image in upper case', text: one('{ image: Api }'), problems: [['services.api.image', 3, 'lower case']] },
  { what: 'an image with a tag', text: one("{ image: 'api:v1' }"), problems: [['services.api.image', 3, 'no tag']] },
  {
    what: 'an image with an empty part',
    text: one('{ image: a//b }'),
    problems: [['services.api.image', 3, "'a//b' is not allowed"]],
  },
  {
    what: 'an image of two services',
    text: `${V}services:\n  auth:\n  login: { image: auth }\n`,
    problems: [['services.login.image', 4, "the service 'auth' has the same image"]],
  },
  {
    what: 'a stage name with a hyphen',
    text: stages('  - { name: a-b }\n'),
    problems: [['stages[0].name', 3, 'a stage name has']],
  },
  {
    what: 'a title with markup',
    text: stages('  - { name: a, title: "a{b}" }\n'),
    problems: [['stages[0].title', 3, 'a title has']],
  },
  {
    what: 'a title too long for a state',
    text: stages(`  - { name: a, title: ${'x'.repeat(61)} }\n`),
    problems: [['stages[0].title', 3, 'at most 60']],
  },
  {
    what: 'a platform version without a patch',
    text: 'platform: v1.4\nservices: { api: }\n',
    problems: [['platform', 1, 'written like v1.4.0']],
  },
  {
    what: 'a platform version that is a dev version',
    text: 'platform: v1.4.0-dev\nservices: { api: }\n',
    problems: [['platform', 1, 'written like v1.4.0']],
  },
  {
    what: 'a version with a leading zero',
    text: 'platform: v1.04.0\nservices: { api: }\n',
    problems: [['platform', 1, 'written like v1.4.0']],
  },
  {
    what: 'a platform of the wrong form',
    text: one('{ platforms: [amd64] }'),
    problems: [['services.api.platforms[0]', 3, 'linux/amd64']],
  },
  {
    what: 'a path into the values file with an empty key',
    text: one('{ values: api..tag }'),
    problems: [['services.api.values[0]', 3, 'grafana.image.tag']],
  },
  {
    what: 'a build target with a space',
    text: one("{ target: 'a b' }"),
    problems: [['services.api.target', 3, 'a target is']],
  },
];

const paths: readonly BadCatalog[] = [
  ...(
    [
      ['../secrets', "without '..'"],
      ['a/../../b', "without '..'"],
      ['/etc', 'without a leading /'],
      ['api/', 'trailing /'],
      ['./api', "leave out './'"],
      ['a//b', "not '//'"],
      ['a\\\\b', 'with /'],
      ['.git/hooks', "'.git'"],
      ['a\\0b', 'control characters'],
      ['a\\nb', 'control characters'],
    ] as const
  ).map(([path, words]) => ({
    what: `the path ${path}`,
    text: one(`{ path: "${path}" }`),
    problems: [['services.api.path', 3, words] as const],
  })),
  {
    what: 'a path of 1001 characters',
    text: one(`{ path: ${'a'.repeat(1001)} }`),
    problems: [['services.api.path', 3, 'at most 1000']],
  },
  {
    what: 'a Dockerfile outside the repository',
    text: one('{ dockerfile: ../Dockerfile }'),
    problems: [['services.api.dockerfile', 3, "without '..'"]],
  },
  {
    what: 'a build context outside the repository',
    text: one('{ context: .. }'),
    problems: [['services.api.context', 3, "without '..'"]],
  },
  {
    what: 'a module outside the repository',
    text: `${V}modules: { m: ../m }\nservices: { api: }\n`,
    problems: [['modules.m.path', 2, "without '..'"]],
  },
  {
    what: 'the whole repository as a module',
    text: `${V}modules: { m: . }\nservices: { api: }\n`,
    problems: [['modules.m.path', 2, "leave out './'"]],
  },
];

const graph: readonly BadCatalog[] = [
  {
    what: 'a stage that does not exist',
    text: `${stages('  - { name: critical }\n').replace('api:', 'api: { stage: critcal }')}`,
    problems: [['services.api.stage', 4, "there is no stage 'critcal'; did you mean 'critical'?"]],
  },
  {
    what: 'a stage where none is declared',
    text: one('{ stage: workers }'),
    problems: [['services.api.stage', 3, "there is no stage 'workers'; there is services"]],
  },
  {
    what: 'a default stage that does not exist',
    text: `${V}defaults: { stage: x }\nservices: { a: , b: }\n`,
    problems: [['defaults.stage', 2, "there is no stage 'x'"]],
  },
  {
    what: 'a need that does not exist',
    text: stages('  - { name: a, needs: [tool] }\n  - { name: tools }\n'),
    problems: [['stages[0].needs[0]', 3, "did you mean 'tools'?"]],
  },
  {
    what: 'a stage that needs itself',
    text: stages('  - { name: a, needs: [a] }\n'),
    problems: [['stages[0].needs', 3, 'a -> a']],
  },
  {
    what: 'stages in a circle',
    text: stages(
      '  - { name: z, needs: [a] }\n  - { name: a, needs: [b] }\n  - { name: b, needs: [c] }\n  - { name: c, needs: [a] }\n',
    ),
    problems: [['stages[1].needs', 4, 'a -> b -> c -> a']],
  },
  {
    what: 'two circles of stages',
    text: stages('  - { name: a, needs: [b] }\n  - { name: b, needs: [a] }\n  - { name: c, needs: [c] }\n'),
    problems: [
      ['stages[0].needs', 3, 'a -> b -> a'],
      ['stages[2].needs', 5, 'c -> c'],
    ],
  },
  {
    what: 'a stage name twice',
    text: stages('  - { name: a }\n  - { name: a, title: B }\n'),
    problems: [['stages[1].name', 4, "a stage 'a' already"]],
  },
  {
    what: 'a stage title twice',
    text: stages('  - { name: a, title: Build }\n  - { name: b, title: build }\n'),
    problems: [['stages[1].title', 4, "the stage 'a' has this title"]],
  },
  {
    what: 'a module that does not exist',
    text: `${V}modules: { cloud_adapter: tools/cloud_adapter }\n${one('{ dependencies: [cloud-adaptor] }').slice(V.length)}`,
    problems: [
      ['services.api.dependencies[0]', 4, "there is no module 'cloud-adaptor'; did you mean 'cloud_adapter'?"],
    ],
  },
  {
    what: 'a module where there are none',
    text: one('{ dependencies: [m] }'),
    problems: [['services.api.dependencies[0]', 3, "there is no module 'm'; there are none"]],
  },
  {
    what: 'a dependency twice',
    text: `${V}modules: { m: tools/m }\nservices: { api: { dependencies: [m, m] } }\n`,
    problems: [['services.api.dependencies[1]', 3, 'twice']],
  },
  {
    what: 'a module path twice',
    text: `${V}modules:\n  a: tools/a\n  b: tools/a\nservices: { api: }\n`,
    problems: [['modules.b', 4, "the module 'a' has the same path"]],
  },
  {
    what: 'a values path of two services',
    text: `${V}services:\n  a:\n  b: { values: a.image.tag }\n`,
    problems: [['services.b.values[0]', 4, "the service 'a' has this path"]],
  },
  {
    what: 'an independent service without a version',
    text: one('{ versioning: independent }'),
    problems: [['services.api.version', 3, 'is missing; an independent service']],
  },
  {
    what: 'a version of a platform service',
    text: one('{ version: v1.0.0 }'),
    problems: [['services.api.version', 3, 'versioning: independent']],
  },
];

const manyAliases = `a: &a x\nb: [${Array(1001).fill('*a').join(', ')}]\n`;
const laughs = ['x0: &x0 [l, l, l, l, l, l, l, l, l, l]'];
for (let i = 1; i < 10; i += 1)
  laughs.push(
    `x${i}: &x${i} [${Array(10)
      .fill(`*x${i - 1}`)
      .join(', ')}]`,
  );

const bombs: readonly BadCatalog[] = [
  {
    what: 'a billion laughs',
    text: `${laughs.join('\n')}\n`,
    problems: [['catalog', undefined, 'alias that cannot be followed']],
  },
  { what: 'a thousand aliases', text: manyAliases, problems: [['catalog', undefined, 'uses 1001 aliases']] },
  {
    what: 'lists in lists in lists',
    text: '['.repeat(100_000),
    problems: [['catalog', 1, 'nested too deeply']],
  },
  {
    what: 'maps in maps in maps',
    text: `${V}services: ${'{ a: '.repeat(50_000)}`,
    problems: [['catalog', 2, 'nested too deeply']],
  },
  {
    what: 'a file of six million characters',
    text: `# ${'x'.repeat(6_000_000)}`,
    problems: [['catalog', undefined, 'at most 5000000 are read']],
  },
  {
    what: 'a value of a million characters',
    text: one(`{ stage: ${'x'.repeat(1_000_000)} }`),
    problems: [['services.api.stage', 3, 'xxx...']],
  },
];

export const BAD_CATALOGS: readonly BadCatalog[] = [...syntax, ...types, ...names, ...paths, ...graph, ...bombs];
