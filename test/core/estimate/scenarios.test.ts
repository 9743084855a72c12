import { parseCatalog } from '../../../core/catalog/parse-catalog';
import { parseScenarios, type Scenario, usualScenarios } from '../../../core/estimate/scenarios';

const CATALOG = parseCatalog(`platform: v1.0.0
stages:
  - { name: tools }
  - { name: apps, needs: [tools] }
modules:
  time: { path: tools/time, publish: { minutes: 4 } }
  data: { path: tools/data }
  none: { path: tools/none, publish: true }
services:
  api: { stage: apps, minutes: 12, dependencies: [time, data] }
  web: { stage: apps, minutes: 20 }
  worker: { stage: apps, minutes: 5, dependencies: [time] }
`);

const inShort = ({ name, services, modules }: Scenario) =>
  `${name}: ${[...modules, ...services].map((each) => each.name).join(' ')}`;

describe('scenarios', () => {
  test('are everything, each declared module, and the longest service', () => {
    expect(usualScenarios(CATALOG).map(inShort)).toEqual([
      'all services: api web worker',
      'time changed: module time api worker',
      'data changed: api',
      'web alone: web',
    ]);
  });

  test('of a file build what they name, what declares their modules, and the modules that are published', () => {
    const scenarios = parseScenarios(
      `scenarios:
  - { name: full, services: all, modules: all, sequential: [1, 2] }
  - { name: two modules, modules: [time, data], parallel: [3, 3] }
  - { name: one, services: [web] }
`,
      CATALOG,
    );

    expect(scenarios.map(inShort)).toEqual([
      'full: module time module none api web worker',
      'two modules: module time api worker',
      'one: web',
    ]);
    expect(scenarios.map(({ sequential, parallel }) => ({ sequential, parallel }))).toEqual([
      { sequential: [1, 2] },
      { parallel: [3, 3] },
      {},
    ]);
    // Before the images of the stage that publishes it.
    expect(scenarios[0]?.modules[0]).toMatchObject({
      name: 'module time',
      stage: 'tools/modules',
      minutes: 4,
      priority: 0,
    });
  });

  test.each([
    [
      'a name that the catalog does not have',
      'scenarios: [{ name: x, services: [apl], modules: [tim] }]',
      [
        "scenarios.0.services: the catalog has no service 'apl'",
        "scenarios.0.modules: the catalog has no module 'tim'",
      ],
    ],
    ['a key that is unknown', 'scenarios: [{ name: x, service: [api] }]', ['Unrecognized key: "service"']],
    ['none', 'scenarios: []', ['scenarios: Too small']],
    ['text that is no YAML', 'scenarios: [', ['scenarios (line 2): is not YAML: Flow sequence in block collection']],
  ])('are refused for %s', (_, text, expected) => {
    const read = () => parseScenarios(`${text}\n`, CATALOG);
    for (const part of expected) expect(read).toThrow(part);
  });
});
