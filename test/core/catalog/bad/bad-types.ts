/** Parts that are missing, unknown, out of range, or of the wrong type. */
import { type BadCatalog, one, stages, V } from './bad-catalog';

export const BAD_TYPES: readonly BadCatalog[] = [
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
    what: 'a module that is published by a word',
    text: `${V}modules: { m: { path: tools/m, publish: 'yes' } }\nservices: { api: }\n`,
    problems: [
      ['modules.m.publish', 2, 'must be true, false or a map of kind, package, stage, minutes, test, not "yes"'],
    ],
  },
  {
    what: 'a module that is published by nothing',
    text: `${V}modules: { m: { path: tools/m, publish: } }\nservices: { api: }\n`,
    problems: [['modules.m.publish', 2, 'not null']],
  },
  {
    what: 'a slip in a key of publish',
    text: `${V}modules: { m: { path: tools/m, publish: { pakage: x } } }\nservices: { api: }\n`,
    problems: [['modules.m.publish.pakage', 2, "did you mean 'package'?"]],
  },
  {
    what: 'a kind of packages that nothing publishes',
    text: `${V}modules: { m: { path: tools/m, publish: { kind: ruby } } }\nservices: { api: }\n`,
    problems: [['modules.m.publish.kind', 2, 'npm']],
  },
  {
    what: 'a package name that YAML takes for a number, in a stage that is none',
    text: `${V}modules: { m: { path: tools/m, publish: { package: 5, stage: [a] } } }\nservices: { api: }\n`,
    problems: [
      ['modules.m.publish.package', 2, 'must be text, not 5; write it in quotes'],
      ['modules.m.publish.stage', 2, 'must be text, not a list'],
    ],
  },
  {
    what: 'a module that is built in no time',
    text: `${V}modules: { m: { path: tools/m, publish: { minutes: 0 } } }\nservices: { api: }\n`,
    problems: [['modules.m.publish.minutes', 2, '1 or more']],
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
    what: 'a machine of no known size, less time than CodeBuild allows, and more than it has',
    text: `${V}services:\n  api: { compute: huge, timeoutMinutes: 4 }\n  web: { timeoutMinutes: 2161 }\n`,
    problems: [
      ['services.api.compute', 3, "'small' or 'medium' or 'large' or 'xlarge' or '2xlarge', not the text 'huge'"],
      ['services.api.timeoutMinutes', 3, '5 or more, not 4'],
      ['services.web.timeoutMinutes', 4, '2160 or less, not 2161'],
    ],
  },
  {
    what: 'less time than the build is expected to take',
    text: `${V}defaults: { timeoutMinutes: 20 }\nservices:\n  api: { minutes: 30 }\n  web: { timeoutMinutes: 5 }\n  ok: { minutes: 20 }\n`,
    problems: [
      ['services.api.timeoutMinutes', 4, 'is 20, and one build is expected to take 30'],
      ['services.web.timeoutMinutes', 5, 'is 5, and one build is expected to take 10'],
    ],
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
  ...[
    'always',
    '{ maxAge: 30 }',
    '{ maxAge: 0d }',
    '{ maxAge: 3651d }',
    '{ maxAge: 30d, follow: true }',
    '[follow]',
    '~',
  ].map(
    (policy): BadCatalog => ({
      what: `${policy} as a policy for base images`,
      text: one(`{ bases: ${policy} }`),
      problems: [['services.api.bases', 3, 'must be recorded, follow or { maxAge: 30d }']],
    }),
  ),
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
    problems: [['defaults.image', 2, 'is not a key']],
  },
  {
    what: 'a merge key',
    text: `${V}services:\n  a: &a { minutes: 5 }\n  b: { <<: *a }\n`,
    problems: [['services.b["<<"]', 4, 'is not a key']],
  },
];
