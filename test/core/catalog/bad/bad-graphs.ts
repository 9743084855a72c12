/** Parts that contradict each other. */
import { type BadCatalog, one, stages, V } from './bad-catalog';

export const BAD_GRAPHS: readonly BadCatalog[] = [
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
    what: 'a module that is published in a stage that does not exist',
    text: `${V}stages: [{ name: tools }]\nmodules: { m: { path: tools/m, publish: { stage: tool } } }\nservices: { api: }\n`,
    problems: [['modules.m.publish.stage', 3, "there is no stage 'tool'; did you mean 'tools'?"]],
  },
  {
    what: 'a service that starts before its module is published',
    text: `${V}stages: [{ name: apps }, { name: tools }]\nmodules: { m: { path: tools/m, publish: { stage: tools } } }\nservices: { api: { dependencies: [m] } }\n`,
    problems: [
      [
        'services.api.stage',
        4,
        "is 'apps', which does not wait for 'tools', where its module 'm' is published; add 'tools' to the needs of 'apps'",
      ],
    ],
  },
  {
    what: 'a values path of two services',
    text: `${V}services:\n  a:\n  b: { values: a.image.tag }\n`,
    problems: [['services.b.values[0]', 4, "the service 'a' has this path"]],
  },
  {
    what: 'a values path of two services, written in two ways',
    text: `${V}services:\n  a:\n  b: { values: '["a"].image["tag"]' }\n`,
    problems: [['services.b.values[0]', 4, "the service 'a' has this path"]],
  },
  {
    what: 'a path into one named values file of two services',
    text: `${V}services:\n  a: { values: { web: image.tag } }\n  b: { values: [{ api: image.tag }, { web: '["image"].tag' }] }\n`,
    problems: [['services.b.values[1]', 4, "the service 'a' has this path"]],
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
