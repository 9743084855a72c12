/** Parts that are missing, unknown, out of range, or of the wrong type. */
import { type BadCatalog, one, stages, V } from './bad-catalog';

export const BAD_TYPES: readonly BadCatalog[] = [
  ['neither version nor services', 'modules: {}\n', ['platform', 1, 'is missing'], ['services', 1, 'is missing']],
  [
    'a version that YAML takes for a number',
    'platform: 1.4\nservices: { api: }\n',
    ['platform', 1, 'write it in quotes'],
  ],
  ['services as a list', `${V}services:\n  - api\n`, ['services', 2, 'must be a map of names, not a list']],
  ['no service', `${V}services: {}\n`, ['services', 2, 'at least one']],
  ['a service that is a number', one('5'), ['services.api', 3, 'must be a map of keys, not 5']],
  ['stages as a map', `${V}stages: { a: }\nservices: { api: }\n`, ['stages', 2, 'must be a list, not a map']],
  ['no stage in the list', `${V}stages: []\nservices: { api: }\n`, ['stages', 2, 'must not be empty']],
  ['a stage as text', stages('  - tools\n'), ['stages[0]', 3, "not the text 'tools'"]],
  ['a module without a path', `${V}modules: { m: }\nservices: { api: }\n`, ['modules.m.path', 2, 'is missing']],
  [
    'a module that is published by a word',
    `${V}modules: { m: { path: tools/m, publish: 'yes' } }\nservices: { api: }\n`,
    ['modules.m.publish', 2, 'must be true, false or a map of kind, package, stage, minutes, test, not "yes"'],
  ],
  [
    'a module that is published by nothing',
    `${V}modules: { m: { path: tools/m, publish: } }\nservices: { api: }\n`,
    ['modules.m.publish', 2, 'not null'],
  ],
  [
    'a slip in a key of publish',
    `${V}modules: { m: { path: tools/m, publish: { pakage: x } } }\nservices: { api: }\n`,
    ['modules.m.publish.pakage', 2, "did you mean 'package'?"],
  ],
  [
    'a kind of packages that nothing publishes',
    `${V}modules: { m: { path: tools/m, publish: { kind: ruby } } }\nservices: { api: }\n`,
    ['modules.m.publish.kind', 2, 'npm'],
  ],
  [
    'a package name that YAML takes for a number, in a stage that is none',
    `${V}modules: { m: { path: tools/m, publish: { package: 5, stage: [a] } } }\nservices: { api: }\n`,
    ['modules.m.publish.package', 2, 'must be text, not 5; write it in quotes'],
    ['modules.m.publish.stage', 2, 'must be text, not a list'],
  ],
  [
    'a module that is built in no time',
    `${V}modules: { m: { path: tools/m, publish: { minutes: 0 } } }\nservices: { api: }\n`,
    ['modules.m.publish.minutes', 2, '1 or more'],
  ],
  ['half a minute', one('{ minutes: 0.5 }'), ['services.api.minutes', 3, 'whole number, not 0.5']],
  ['no minutes', one('{ minutes: 0 }'), ['services.api.minutes', 3, '1 or more']],
  ['more minutes than a build may take', one('{ minutes: 2161 }'), ['services.api.minutes', 3, '2160 or less']],
  [
    'a machine of no known size, less time than CodeBuild allows, and more than it has',
    `${V}services:\n  api: { compute: huge, timeoutMinutes: 4 }\n  web: { timeoutMinutes: 2161 }\n`,
    ['services.api.compute', 3, "'small' or 'medium' or 'large' or 'xlarge' or '2xlarge', not the text 'huge'"],
    ['services.api.timeoutMinutes', 3, '5 or more, not 4'],
    ['services.web.timeoutMinutes', 4, '2160 or less, not 2161'],
  ],
  [
    'less time than the build is expected to take',
    `${V}defaults: { timeoutMinutes: 20 }\nservices:\n  api: { minutes: 30 }\n  web: { timeoutMinutes: 5 }\n  ok: { minutes: 20 }\n`,
    ['services.api.timeoutMinutes', 4, 'is 20, and one build is expected to take 30'],
    ['services.web.timeoutMinutes', 5, 'is 5, and one build is expected to take 10'],
  ],
  ['a priority beyond the last', one('{ priority: P12 }'), ['services.api.priority', 3, 'P0 to P9']],
  ['a priority below the first', one('{ priority: -1 }'), ['services.api.priority', 3, 'P0 to P9']],
  ['yes instead of true', one('{ retagOnly: yes }'), ['services.api.retagOnly', 3, "not the text 'yes'"]],
  ...[
    'always',
    '{ maxAge: 30 }',
    '{ maxAge: 0d }',
    '{ maxAge: 3651d }',
    '{ maxAge: 30d, follow: true }',
    '[follow]',
    '~',
  ].map(
    (policy): BadCatalog => [
      `${policy} as a policy for base images`,
      one(`{ bases: ${policy} }`),
      ['services.api.bases', 3, 'must be recorded, follow or { maxAge: 30d }'],
    ],
  ),
  [
    'a build argument that is a number',
    one('{ buildArgs: { PYTHON: 3.10 } }'),
    ['services.api.buildArgs.PYTHON', 3, 'write it in quotes'],
  ],
  [
    'a build argument that is no name',
    one("{ buildArgs: { 'A B': x } }"),
    ['services.api.buildArgs["A B"]', 3, 'a build argument has'],
  ],
  ['one dependency not in a list', one('{ dependencies: m }'), ['services.api.dependencies', 3, 'must be a list']],
  [
    'a versioning that does not exist',
    one('{ versioning: own }'),
    ['services.api.versioning', 3, "'platform' or 'independent'"],
  ],
  ['a mistyped key', one('{ minuts: 5 }'), ['services.api.minuts', 3, "did you mean 'minutes'?"]],
  [
    'a mistyped section',
    `${V}servises: { api: }\n`,
    ['services', 1, 'is missing'],
    ['servises', 2, "did you mean 'services'?"],
  ],
  [
    'a key of a service among the defaults',
    `${V}defaults: { image: a }\nservices: { api: }\n`,
    ['defaults.image', 2, 'is not a key'],
  ],
  ['a merge key', `${V}services:\n  a: &a { minutes: 5 }\n  b: { <<: *a }\n`, ['services.b["<<"]', 4, 'is not a key']],
];
