import { estimateBuilds } from '../../../core/plan/compare-estimate';
import { serviceOf } from '../../support/docker-context';

const STAGES = [
  { name: 'base', title: 'Base', needs: [] },
  { name: 'apps', title: 'Apps', needs: ['base'] },
  { name: 'late', title: 'Late', needs: ['apps', 'base'] },
  { name: 'side', title: 'Side', needs: [] },
];
const service = (stage: string, minutes: number) => serviceOf({ name: `${stage}${minutes}`, stage, minutes });

describe('the estimate', () => {
  test('adds up minutes and money, and takes the longest way through the stages', () => {
    const built = [
      service('base', 5),
      service('apps', 10),
      service('apps', 12),
      service('late', 3),
      service('side', 15),
    ];

    expect(estimateBuilds(built, STAGES)).toEqual({ minutes: 45, criticalPathMinutes: 20, cost: 0.45 });
  });

  test('does not wait for a stage without builds', () => {
    expect(estimateBuilds([service('late', 3)], STAGES)).toMatchObject({ criticalPathMinutes: 3 });
    expect(estimateBuilds([], STAGES)).toEqual({ minutes: 0, criticalPathMinutes: 0, cost: 0 });
  });
});
