import { type Files, serviceOf } from '../../support/docker/docker-context';
import { replayTrees } from '../../support/docker/replayed-trees';

const MODULES = [
  { name: 'tools', path: 'tools' },
  { name: 'client', path: 'client' },
];
const SERVICES = [
  serviceOf({ name: 'api', path: 'api', dockerfile: 'api/Dockerfile', dependencies: ['tools'], minutes: 7 }),
  serviceOf({ name: 'web', path: 'web', dockerfile: 'web/Dockerfile', dependencies: [], minutes: 4 }),
];
const FILES: Files = {
  'api/Dockerfile': 'FROM scratch\nCOPY api/main.py /\nCOPY client /client\nCOPY tools /tools\n',
  'api/main.py': '1',
  'web/Dockerfile': 'FROM scratch\nCOPY web/index.html /\nCOPY client /client\n',
  'web/index.html': '1',
  'client/c.py': '1',
  'tools/t.py': '1',
};

function replay(...trees: readonly Files[]) {
  return replayTrees(SERVICES, [FILES, ...trees], MODULES);
}

describe('a replay of pushes', () => {
  test('compares what has to be built with what the declared dependencies say', () => {
    const report = replay(
      { ...FILES, 'client/c.py': '2' },
      { ...FILES, 'client/c.py': '2', 'api/readme.md': 'new' },
      { ...FILES, 'client/c.py': '2', 'api/readme.md': 'new', 'tools/t.py': '2' },
      { ...FILES, 'client/c.py': '2', 'api/readme.md': 'new', 'tools/t.py': '2', docs: 'new' },
    );

    expect(report.pushes).toMatchObject([
      { changedFiles: 1, builds: ['api', 'web'], declared: [], missed: ['api', 'web'], wasted: [] },
      { changedFiles: 1, builds: [], declared: ['api'], missed: [], wasted: ['api'] },
      { changedFiles: 1, builds: ['api'], declared: ['api'], missed: [], wasted: [] },
      { changedFiles: 1, builds: [], declared: [], missed: [], wasted: [] },
    ]);
    expect(report.totals).toEqual({
      pushes: 4,
      everything: 8,
      builds: 3,
      reused: 0,
      declared: 2,
      missed: 2,
      wasted: 1,
      minutes: { builds: 18, everything: 44 },
    });
    expect(report.hubs).toMatchObject([
      { path: 'client', kind: 'folder', builds: 2, buildsSaved: 2, buildsWithout: 1 },
      { path: 'client/c.py', kind: 'file', builds: 2 },
    ]);
  });

  test('knows content that was built before, as after a revert', () => {
    const report = replay({ ...FILES, 'web/index.html': '2' }, FILES);

    expect(report.pushes).toMatchObject([
      { builds: ['web'], reused: [] },
      { builds: ['web'], reused: ['web'] },
    ]);
  });

  test('remembers a service over a push at which it could not be planned', () => {
    const broken = { ...FILES, 'web/Dockerfile': 'FROM scratch\nCOPY x\n' };

    const report = replay(broken, FILES, { ...FILES, 'web/index.html': '2' });

    expect(report.pushes.map(({ builds, services }) => [builds, services])).toEqual([
      [[], 1],
      [[], 2],
      [['web'], 2],
    ]);
  });
});
