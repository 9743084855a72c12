import type { Service } from '../../../../core/catalog/model';
import { type Files, serviceOf } from '../../../support/docker/docker-context';
import { replayTrees } from '../../../support/docker/replayed-trees';

/** A service in a folder that is its context. */
function own(name: string, given: Partial<Service> = {}): Service {
  return serviceOf({ name, path: name, context: name, dockerfile: `${name}/Dockerfile`, minutes: 5, ...given });
}

const [API, WEB] = [own('api'), own('web', { minutes: 7 })];

function adviceOn(services: readonly Service[], ...trees: readonly Files[]) {
  return replayTrees(services, trees).advice;
}

describe('a RUN that several images ran over the same inputs', () => {
  const dockerfile = (base: string, rest = '') => `FROM ${base}\nWORKDIR /app\nRUN apt-get install -y git\n${rest}`;
  const tree = (base: string): Files => ({
    'api/Dockerfile': dockerfile(base, 'COPY a.py /\nRUN python a.py\n'),
    'api/a.py': '1',
    'web/Dockerfile': dockerfile(base, 'LABEL team=web\nRUN make web\n'),
    'web/index.html': '1',
  });

  test('is named with the builds after the first', () => {
    const { repeatedRuns } = adviceOn([API, WEB], tree('python:3.12.3'), tree('python:3.12.4'));

    expect(repeatedRuns).toEqual([
      { text: 'RUN apt-get install -y git', builds: 1, minutes: 7, cost: 0.07, services: ['api', 'web'] },
    ]);
  });

  test('is none after another base, in another folder, as another user, or with another value', () => {
    const web = (lines: string): Files => ({ 'web/Dockerfile': lines, 'web/index.html': '1' });
    const run = 'RUN apt-get install -y git';
    const others = [
      `FROM python:3.11\nWORKDIR /app\n${run}`,
      `FROM python:3.12.4\nWORKDIR /web\n${run}`,
      `FROM python:3.12.4\nWORKDIR /app\nUSER web\n${run}`,
      `FROM python:3.12.4\nARG MODE=web\nWORKDIR /app\n${run}`,
      `FROM python:3.12.4\nWORKDIR /app\nCOPY index.html /\n${run}`,
    ];
    const first = { ...tree('python:3.12.3') };

    for (const lines of others) {
      const { repeatedRuns } = adviceOn([API, WEB], first, { ...tree('python:3.12.4'), ...web(lines) });
      expect([lines, repeatedRuns]).toEqual([lines, []]);
    }
  });

  test('is the same over equal files, of whichever service', () => {
    const files = (text: string): Files => ({
      'api/Dockerfile': 'FROM a:1\nCOPY lib /lib\nRUN make lib\n',
      'api/lib/l.c': text,
      'web/Dockerfile': 'FROM a:1\nCOPY lib /lib\nRUN make lib\n',
      'web/lib/l.c': text,
    });

    const { repeatedRuns } = adviceOn([API, WEB], files('1'), files('2'), { ...files('2'), 'web/lib/l.c': '3' });

    expect(repeatedRuns).toMatchObject([{ text: 'RUN make lib', builds: 1, services: ['api', 'web'] }]);
  });
});

describe('an install that ran again because of files it does not read', () => {
  const files = (dockerfile: string, changed: Files = {}): Files => ({
    'api/Dockerfile': dockerfile,
    'api/package.json': '{}',
    'api/main.js': '1',
    ...changed,
  });
  const SPOILED = 'FROM node:22\nCOPY . .\nRUN npm ci --omit=dev\nRUN npm run build\n';

  test('is named with the instruction that it stands behind', () => {
    const { spoiledRuns } = adviceOn([API], files(SPOILED), files(SPOILED, { 'api/main.js': '2' }));

    expect(spoiledRuns).toEqual([
      {
        dockerfile: 'api/Dockerfile',
        line: 3,
        text: 'RUN npm ci --omit=dev',
        behind: 'COPY . (line 2)',
        builds: 1,
        minutes: 5,
        cost: 0.05,
        services: ['api'],
      },
    ]);
  });

  test.each([
    ['its own files changed, too', SPOILED, { 'api/package.json': '{"a":1}', 'api/main.js': '2' }],
    [
      'it stands in the right place',
      'FROM node:22\nCOPY package.json .\nRUN npm ci\nCOPY . .\n',
      { 'api/main.js': '2' },
    ],
    ['it does more than install', 'FROM node:22\nCOPY . .\nRUN npm ci && npm run build\n', { 'api/main.js': '2' }],
    ['it installs the project', 'FROM python:3\nCOPY . .\nRUN pip install -e .\n', { 'api/main.js': '2' }],
    ['the Dockerfile changed', SPOILED, { 'api/Dockerfile': `${SPOILED}ENV A=1\n`, 'api/main.js': '2' }],
    [
      'its stage is not built',
      'FROM node:22 AS x\nCOPY . .\nRUN npm ci\nFROM node:22\nCOPY main.js .\n',
      { 'api/main.js': '2' },
    ],
  ])('is none if %s', (_, dockerfile, changed) => {
    expect(adviceOn([API], files(dockerfile), files(dockerfile, changed)).spoiledRuns).toEqual([]);
  });

  test('is found behind the files of an earlier stage, too', () => {
    const staged = 'FROM node:22 AS made\nCOPY main.js .\nFROM alpine:3\nCOPY --from=made /x /x\nRUN apk add git\n';

    const { spoiledRuns } = adviceOn([API], files(staged), files(staged, { 'api/main.js': '2' }));

    expect(spoiledRuns).toMatchObject([{ line: 5, text: 'RUN apk add git', behind: 'COPY main.js (line 2)' }]);
  });
});

describe('files that were the only cause of a build', () => {
  const files = (changed: Files = {}, more = ''): Files => ({
    'api/Dockerfile': `FROM node:22\nCOPY . .\n${more}`,
    'api/main.js': '1',
    'api/README.md': '1',
    'api/tests/a.js': '1',
    ...changed,
  });

  test.each<[string, Files, readonly (readonly string[])[]]>([
    ['documents', { 'api/README.md': '2' }, [['**/*.md']]],
    ['documents and tests', { 'api/README.md': '2', 'api/tests/a.js': '2' }, [['**/*.md', '**/tests']]],
    ['code', { 'api/main.js': '2', 'api/README.md': '2' }, []],
  ])('%s', (_, changed, patterns) => {
    const { seldomNeeded } = adviceOn([API], files(), files(changed));

    expect(seldomNeeded.map((found) => found.patterns)).toEqual(patterns);
    for (const found of seldomNeeded) expect(found).toMatchObject({ context: 'api', builds: 1, minutes: 5 });
  });

  test('are no tests if the build runs tests', () => {
    const tested = 'RUN npm test\n';

    expect(adviceOn([API], files({}, tested), files({ 'api/tests/a.js': '2' }, tested)).seldomNeeded).toEqual([]);
  });
});

describe('a base image that moves', () => {
  const files = (tag: string, rest = ''): Files => ({
    'api/Dockerfile': `FROM --platform=linux/amd64 registry.example.com:5000/python:${tag} AS base\nRUN make${rest}\n`,
    'api/x': '1',
    'web/Dockerfile': `ARG VERSION=${tag}\nFROM registry.example.com:5000/python:\${VERSION}\nRUN make\n`,
    'web/x': '1',
  });

  test('is named with the pushes and builds that only it caused', () => {
    const { movingBases } = adviceOn([API, WEB], files('3.1'), files('3.2'), files('3.3', ' all'));

    expect(movingBases).toEqual([
      {
        base: 'registry.example.com:5000/python',
        pushes: 2,
        builds: 3,
        minutes: 19,
        cost: 0.19,
        services: ['api', 'web'],
      },
    ]);
  });

  test('has one name, however it is written', () => {
    const tree = (tag: string): Files => ({
      'api/Dockerfile': `FROM python:${tag}\n`,
      'web/Dockerfile': `FROM docker.io/library/python:${tag}\n`,
    });

    expect(adviceOn([API, WEB], tree('3.1'), tree('3.2')).movingBases).toMatchObject([{ base: 'python', builds: 2 }]);
  });

  test('is none if anything else of the Dockerfile changed, or if only one service has it', () => {
    const other = { 'web/Dockerfile': 'FROM registry.example.com:5000/python:3.2\nRUN make web\n' };

    expect(adviceOn([API, WEB], files('3.1'), { ...files('3.2', ' all'), ...other }).movingBases).toEqual([]);
    expect(adviceOn([API], files('3.1'), files('3.2')).movingBases).toEqual([]);
  });
});
