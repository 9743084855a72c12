import { compareInputs, type EarlierInputs } from '../../../core/compare/compare';
import { explainService } from '../../../core/compare/explain';
import { catalogOf, discover, type Files, serviceOf } from '../../support/docker/docker-context';

const SERVICES = [
  serviceOf({ name: 'api', path: 'api', dockerfile: 'api/Dockerfile', minutes: 7 }),
  serviceOf({ name: 'web', path: 'web', dockerfile: 'web/Dockerfile', minutes: 4 }),
];
const FILES: Files = {
  'api/Dockerfile': 'FROM python:3.12\nCOPY api /api\nCOPY lib /lib\n',
  'api/main.py': '1',
  'lib/a.py': '1',
  'web/Dockerfile': 'FROM scratch\nCOPY web /web\n',
  'web/index.html': '1',
};
const COMMIT = 'c'.repeat(40);
const BASE = 'b'.repeat(40);

function compare(before: Files | undefined, after: Files, services = SERVICES, oldServices = services) {
  const now = discover({ files: after, services });
  const old = before === undefined ? undefined : discover({ files: before, services: oldServices });
  const entries = [...(old?.inputs ?? [])].map(([name, inputs]): [string, EarlierInputs] => [
    name,
    { inputDigest: inputs.inputDigest, inputs, where: 'bbbbbbbb' },
  ]);
  const comparison = {
    commit: COMMIT,
    base: BASE,
    catalog: catalogOf(services),
    inputs: now.inputs,
    before: new Map(entries),
    newText: 'it is new',
    problems: now.problems,
  };
  return { report: compareInputs(comparison), comparison };
}

const actions = ({ report }: ReturnType<typeof compare>) =>
  Object.fromEntries(report.services.map(({ name, action }) => [name, action]));

describe('the plan between two commits', () => {
  test('keeps everything if nothing differs, though files elsewhere do', () => {
    const result = compare(FILES, { ...FILES, 'docs/readme.md': 'new' });

    expect(actions(result)).toEqual({ api: 'keep', web: 'keep' });
    expect(result.report).toMatchObject({
      commit: COMMIT,
      base: BASE,
      totals: { build: 0, retag: 0, keep: 2 },
      estimate: { minutes: 0, criticalPathMinutes: 0, cost: 0 },
      removed: [],
      problems: [],
    });
    expect(result.report.services[0]?.reasons).toEqual([{ kind: 'unchanged', text: 'inputs equal those at bbbbbbbb' }]);
  });

  test('builds exactly what reads a changed file, and names the file', () => {
    const result = compare(FILES, { ...FILES, 'lib/a.py': '2' });

    expect(actions(result)).toEqual({ api: 'build', web: 'keep' });
    expect(result.report.services[0]?.reasons).toEqual([
      { kind: 'input-changed', path: 'lib/a.py', text: 'changed, read by COPY lib (line 3)' },
    ]);
    expect(result.report.estimate).toMatchObject({
      minutes: 7,
      criticalPathMinutes: 7,
      criticalPath: ['api'],
      cost: 0.07,
    });
  });

  test('names a changed Dockerfile by its path', () => {
    const files = { ...FILES, 'web/Dockerfile': 'FROM scratch\nCOPY web/index.html /web/\n' };

    const reasons = compare(FILES, files).report.services[1]?.reasons;

    expect(reasons).toContainEqual({
      kind: 'recipe-changed',
      path: 'web/Dockerfile',
      text: expect.stringMatching(/^dockerfile changed; .* count as written/),
    });
  });

  test('builds a service that was not there before, and names one that is gone', () => {
    const [api = serviceOf(), web = serviceOf()] = SERVICES;

    const result = compare(FILES, FILES, [web], [api]);

    expect(actions(result)).toEqual({ web: 'build' });
    expect(result.report).toMatchObject({
      services: [{ reasons: [{ kind: 'never-released', text: 'it is new' }] }],
      removed: ['api'],
    });
  });

  test('builds and says so where only the earlier digest is known', () => {
    const { comparison } = compare(FILES, FILES);
    const before = new Map([['api', { inputDigest: '0'.repeat(40), where: 'v1.4.0 (bbbbbbbb)' }]]);

    const { services } = compareInputs({ ...comparison, before });

    expect(services[0]).toMatchObject({ action: 'build', reasons: [{ kind: 'inputs-differ' }] });
  });

  test('lists what the image takes in though git does not hold it', () => {
    const api = compare(FILES, FILES).report.services[0];

    expect(api?.impurities).toEqual([{ line: 1, text: expect.stringContaining('python:3.12') }]);
  });

  test('leaves out a service with a mistake, and lists the mistake', () => {
    const result = compare(FILES, { ...FILES, 'api/Dockerfile': 'FROM scratch\nCOPY onlyone\n' });

    expect(actions(result)).toEqual({ web: 'keep' });
    expect(result.report.problems).toMatchObject([{ path: 'services.api.dockerfile', line: 2 }]);
  });

  test('gives some of very many reasons, and the explanation gives all', () => {
    const many = Object.fromEntries(Array.from({ length: 120 }, (_, at) => [`api/f${1000 + at}`, 'x']));
    const { report, comparison } = compare(FILES, { ...FILES, ...many });

    expect(report.services[0]?.reasons).toHaveLength(51);
    expect(report.services[0]?.reasons.at(-1)?.text).toMatch(/^and 70 more/);
    expect(explainService(comparison, 'api').reasons).toHaveLength(120);
  });
});

describe('the explanation of one service', () => {
  test('has every file by the rule that reads it', () => {
    const { comparison } = compare(FILES, { ...FILES, 'api/main.py': '2' });

    const explanation = explainService(comparison, 'api');

    expect(explanation).toMatchObject({
      service: 'api',
      action: 'build',
      reasons: [{ kind: 'input-changed', path: 'api/main.py' }],
      recipe: [{ name: 'dockerfile' }, { name: 'recipe', value: '1' }],
      bases: ['python:3.12'],
    });
    expect(explanation.rules.map(({ rule, files }) => [rule, files.map(({ path }) => path)])).toEqual([
      ['COPY api (line 2)', ['api/Dockerfile', 'api/main.py']],
      ['COPY lib (line 3)', ['lib/a.py']],
    ]);
    expect(explanation.inputDigest).not.toBe(explanation.baseInputDigest);
  });

  test('of an unknown name asks which one was meant', () => {
    expect(() => explainService(compare(FILES, FILES).comparison, 'wep')).toThrow(/did you mean 'web'/);
  });
});
