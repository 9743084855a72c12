import { estimateBuilds } from '../../../core/estimate/estimate-builds';
import { serviceOf } from '../../support/docker/docker-context';

const STAGES = [
  { name: 'base', title: 'Base', needs: [] },
  { name: 'apps', title: 'Apps', needs: ['base'] },
  { name: 'late', title: 'Late', needs: ['apps', 'base'] },
  { name: 'side', title: 'Side', needs: [] },
];
const service = (stage: string, minutes: number) => serviceOf({ name: `${stage}${minutes}`, stage, minutes });

describe('the estimate', () => {
  test('adds up minutes and cost, and finds the longest path through the stages', () => {
    const built = [
      service('base', 5),
      service('apps', 10),
      service('apps', 12),
      service('late', 3),
      service('side', 15),
    ];

    expect(estimateBuilds(built, STAGES, 'us-east-1')).toEqual({
      minutes: 45,
      criticalPathMinutes: 20,
      criticalPath: ['base5', 'apps12', 'late3'],
      cost: 0.45,
      notes: [],
    });
  });

  test('does not wait for a stage without builds', () => {
    const late = estimateBuilds([service('base', 2), service('late', 3)], STAGES, 'us-east-1');

    expect(late).toMatchObject({ criticalPathMinutes: 5, criticalPath: ['base2', 'late3'] });
  });

  test('is zero without builds', () => {
    const nothing = { minutes: 0, criticalPathMinutes: 0, criticalPath: [], cost: 0, notes: [] };
    expect(estimateBuilds([], STAGES, 'mars-north-1')).toEqual(nothing);
  });

  test('refuses stages that wait for each other', () => {
    const round = STAGES.map((stage) => (stage.name === 'base' ? { ...stage, needs: ['late'] } : stage));

    expect(() => estimateBuilds([service('apps', 1)], round, 'us-east-1')).toThrow("stage 'base' waits for itself");
  });
});
