import type { PlannedModule } from '../../../core/contract/plan';
import { ecosystemOf } from '../../../core/modules/ecosystems';
import { reportedPackages } from '../../../core/modules/reported-packages';

const planned = (name: string, part: Partial<PlannedModule>): PlannedModule => ({
  name,
  action: 'publish',
  contentDigest: 'd'.repeat(40),
  package: name,
  version: '1.0.0',
  stage: 'tools',
  minutes: 1,
  reasons: [],
  ...part,
});

test('a report has kept packages and those that were published, each as its installer takes it', () => {
  const modules = [planned('kept', { action: 'keep' }), planned('@shop/new', { kind: 'npm' }), planned('failed', {})];
  const packages = reportedPackages(modules, [
    { service: 'module/@shop/new', status: 'SUCCEEDED', version: '1.1.0' },
    { service: 'module/failed', status: 'FAILED' },
  ]);

  expect(packages).toEqual([
    { module: 'kept', package: 'kept', version: '1.0.0', isNew: false },
    { module: '@shop/new', kind: 'npm', package: '@shop/new', version: '1.1.0', isNew: true },
  ]);
  expect(packages.map((each) => ecosystemOf(each).requirement(each.package, each.version))).toEqual([
    'kept==1.0.0',
    '@shop/new@1.1.0',
  ]);
});
