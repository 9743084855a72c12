/** Parts that contradict each other. */
import { type BadCatalog, one, stages, V } from './bad-catalog';

export const BAD_GRAPHS: readonly BadCatalog[] = [
  [
    'a stage that does not exist',
    `${stages('  - { name: critical }\n').replace('api:', 'api: { stage: critcal }')}`,
    ['services.api.stage', 4, "there is no stage 'critcal'; did you mean 'critical'?"],
  ],
  [
    'a stage where none is declared',
    one('{ stage: workers }'),
    ['services.api.stage', 3, "there is no stage 'workers'; there is services"],
  ],
  [
    'a default stage that does not exist',
    `${V}defaults: { stage: x }\nservices: { a: , b: }\n`,
    ['defaults.stage', 2, "there is no stage 'x'"],
  ],
  [
    'a need that does not exist',
    stages('  - { name: a, needs: [tool] }\n  - { name: tools }\n'),
    ['stages[0].needs[0]', 3, "did you mean 'tools'?"],
  ],
  ['a stage that needs itself', stages('  - { name: a, needs: [a] }\n'), ['stages[0].needs', 3, 'a -> a']],
  [
    'stages in a circle',
    stages(
      '  - { name: z, needs: [a] }\n  - { name: a, needs: [b] }\n  - { name: b, needs: [c] }\n  - { name: c, needs: [a] }\n',
    ),
    ['stages[1].needs', 4, 'a -> b -> c -> a'],
  ],
  [
    'two circles of stages',
    stages('  - { name: a, needs: [b] }\n  - { name: b, needs: [a] }\n  - { name: c, needs: [c] }\n'),
    ['stages[0].needs', 3, 'a -> b -> a'],
    ['stages[2].needs', 5, 'c -> c'],
  ],
  [
    'a stage name twice',
    stages('  - { name: a }\n  - { name: a, title: B }\n'),
    ['stages[1].name', 4, "a stage 'a' already"],
  ],
  [
    'a stage title twice',
    stages('  - { name: a, title: Build }\n  - { name: b, title: build }\n'),
    ['stages[1].title', 4, "the stage 'a' has this title"],
  ],
  [
    'a module that does not exist',
    `${V}modules: { cloud_adapter: tools/cloud_adapter }\n${one('{ dependencies: [cloud-adaptor] }').slice(V.length)}`,
    ['services.api.dependencies[0]', 4, "there is no module 'cloud-adaptor'; did you mean 'cloud_adapter'?"],
  ],
  [
    'a module where there are none',
    one('{ dependencies: [m] }'),
    ['services.api.dependencies[0]', 3, "there is no module 'm'; there are none"],
  ],
  [
    'a dependency twice',
    `${V}modules: { m: tools/m }\nservices: { api: { dependencies: [m, m] } }\n`,
    ['services.api.dependencies[1]', 3, 'twice'],
  ],
  [
    'a module path twice',
    `${V}modules:\n  a: tools/a\n  b: tools/a\nservices: { api: }\n`,
    ['modules.b', 4, "the module 'a' has the same path"],
  ],
  [
    'a module that is published in a stage that does not exist',
    `${V}stages: [{ name: tools }]\nmodules: { m: { path: tools/m, publish: { stage: tool } } }\nservices: { api: }\n`,
    ['modules.m.publish.stage', 3, "there is no stage 'tool'; did you mean 'tools'?"],
  ],
  [
    'a service that starts before its module is published',
    `${V}stages: [{ name: apps }, { name: tools }]\nmodules: { m: { path: tools/m, publish: { stage: tools } } }\nservices: { api: { dependencies: [m] } }\n`,
    [
      'services.api.stage',
      4,
      "is 'apps', which does not wait for 'tools', where its module 'm' is published; add 'tools' to the needs of 'apps'",
    ],
  ],
  [
    'a values path of two services',
    `${V}services:\n  a:\n  b: { values: a.image.tag }\n`,
    ['services.b.values[0]', 4, "the service 'a' has this path"],
  ],
  [
    'a values path of two services, written in two ways',
    `${V}services:\n  a:\n  b: { values: '["a"].image["tag"]' }\n`,
    ['services.b.values[0]', 4, "the service 'a' has this path"],
  ],
  [
    'a path into one named values file of two services',
    `${V}services:\n  a: { values: { web: image.tag } }\n  b: { values: [{ api: image.tag }, { web: '["image"].tag' }] }\n`,
    ['services.b.values[1]', 4, "the service 'a' has this path"],
  ],
  [
    'an independent service without a version',
    one('{ versioning: independent }'),
    ['services.api.version', 3, 'is missing; an independent service'],
  ],
  [
    'a version of a platform service',
    one('{ version: v1.0.0 }'),
    ['services.api.version', 3, 'versioning: independent'],
  ],
];
