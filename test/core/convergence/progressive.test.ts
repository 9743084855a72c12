/** Progressive deliveries: a canary is waited for, and its abort is a failure. */
import { judgeConvergence } from '../../../core/convergence/judge-convergence';
import type { Canary, Deployment, NamespaceSnapshot, Rollout } from '../../../core/ports/cluster';
import { deployment, meta, pod, replicaSet, snapshot, template, WEB } from '../../support/cluster/objects';

const judge = (namespace: NamespaceSnapshot) => judgeConvergence([WEB], namespace)[0];

describe('a Rollout of Argo Rollouts', () => {
  const rollout = (status: NonNullable<Rollout['status']>, spec: Partial<Rollout['spec']> = {}): Rollout => ({
    metadata: meta('web'),
    spec: { replicas: 2, template: template(), strategy: { canary: { steps: [1, 2, 3, 4] } }, ...spec },
    status: {
      observedGeneration: '2',
      phase: 'Healthy',
      updatedReplicas: 2,
      readyReplicas: 2,
      availableReplicas: 2,
      currentPodHash: 'b',
      stableRS: 'b',
      ...status,
    },
  });
  test.each([
    ['that is healthy', rollout({}), 'converged', undefined],
    [
      'whose canary waits for a person',
      rollout({ phase: 'Paused', stableRS: 'a', currentStepIndex: 1 }),
      'progressing',
      /paused at step 2 of 4; kubectl argo rollouts promote web/,
    ],
    [
      'whose canary runs',
      rollout({ phase: 'Progressing', stableRS: 'a', message: 'more replicas need to be updated' }),
      'progressing',
      /canary is in progress: more replicas/,
    ],
    [
      'that was aborted',
      rollout({ phase: 'Degraded', abort: true, message: 'RolloutAborted: Rollout aborted update to revision 2' }),
      'failed',
      /RolloutAborted/,
    ],
    [
      'that calls itself healthy while another version is stable',
      rollout({ stableRS: 'a' }),
      'progressing',
      /canary is in progress/,
    ],
    [
      'that was aborted with the template before',
      rollout({ phase: 'Degraded', abort: true, observedGeneration: '1' }),
      'progressing',
      /has not seen/,
    ],
    [
      'that was aborted with another version',
      rollout({ phase: 'Degraded', abort: true }, { template: template('v1') }),
      'progressing',
      /names v1/,
    ],
    [
      'that is scaled to zero',
      rollout({ updatedReplicas: 0, availableReplicas: 0 }, { replicas: 0 }),
      'converged',
      /scaled to zero/,
    ],
  ])('%s', (_, one, state, why) => {
    const pods = one.spec.replicas === 0 ? [] : [pod('x'), pod('y')];
    const verdict = judge(snapshot({ rollouts: [one], replicaSets: [replicaSet('web-2')], pods }));
    expect(verdict?.state).toBe(state);
    expect(verdict?.why ?? '').toMatch(why ?? /^$/);
  });

  test('takes its template from the Deployment that it names', () => {
    const none = { replicas: 0, updatedReplicas: 0, availableReplicas: 0, readyReplicas: 0 };
    const source = { ...deployment({ replicas: 0 }, none), metadata: meta('source') };
    const by = (workloadObservedGeneration: string) =>
      rollout(
        { workloadObservedGeneration },
        { template: undefined, workloadRef: { kind: 'Deployment', name: 'source' } },
      );
    const run = (generation: string) =>
      judge(
        snapshot({
          deployments: [source],
          rollouts: [by(generation)],
          replicaSets: [replicaSet('web-2')],
          pods: [pod('x'), pod('y')],
        }),
      );
    expect(run('2')).toMatchObject({ state: 'converged', ready: 2, wanted: 2 });
    expect(run('1')?.state).toBe('progressing');
  });
});

describe('a Canary of Flagger', () => {
  const none = { replicas: 0, updatedReplicas: 0, availableReplicas: 0, readyReplicas: 0 };
  const target = (tag: string) => deployment({ replicas: 0, template: template(tag) }, none);
  const primary = (tag: string): Deployment => ({
    ...deployment({ template: template(tag) }),
    metadata: meta('web-primary'),
  });
  const canary = (phase: string, lastTransitionTime = '2026-01-02T00:00:00Z'): Canary => ({
    metadata: meta('web-canary'),
    spec: { targetRef: { kind: 'Deployment', name: 'web' } },
    status: { phase, canaryWeight: 10, failedChecks: 2, lastTransitionTime },
  });
  const world = (tags: readonly [target: string, primary: string], one: Canary) =>
    snapshot({
      deployments: [target(tags[0]), primary(tags[1])],
      replicaSets: [replicaSet('web-2', 'web-primary'), replicaSet('web-new', 'web')],
      pods: tags[1] === 'v2' ? [pod('x'), pod('y')] : [],
      canaries: [one],
    });
  test.each([
    ['that succeeded', ['v2', 'v2'], canary('Succeeded'), 'converged', /ended as Succeeded/],
    ['that was initialized', ['v2', 'v2'], canary('Initialized'), 'converged', /ended as Initialized/],
    [
      'that analyses',
      ['v2', 'v1'],
      canary('Progressing'),
      'progressing',
      /phase Progressing at weight 10, 2 failed checks/,
    ],
    ['that waits for a person', ['v2', 'v1'], canary('WaitingPromotion'), 'progressing', /phase WaitingPromotion/],
    ['that promotes', ['v2', 'v2'], canary('Promoting'), 'progressing', /phase Promoting/],
    ['that failed', ['v2', 'v1'], canary('Failed'), 'failed', /canary failed and was rolled back, 2 failed checks/],
    ['that succeeded with the release before', ['v2', 'v1'], canary('Succeeded'), 'progressing', /has not started yet/],
    [
      'that failed with the release before',
      ['v2', 'v1'],
      canary('Failed', '2025-12-31T00:00:00Z'),
      'progressing',
      /has not started yet/,
    ],
    ['that failed, and whose target was taken back', ['v2', 'v2'], canary('Failed'), 'converged', /ended as Failed/],
    ['that failed with another version', ['v1', 'v2'], canary('Failed'), 'progressing', /names v1, not v2/],
  ] as const)('%s', (_, tags, one, state, why) => {
    const verdict = judge(world(tags, one));
    expect(verdict?.state).toBe(state);
    expect(verdict?.why ?? '').toMatch(why ?? /^$/);
  });

  test('is not complete while its primary rolls', () => {
    const rolling = { ...primary('v2'), status: { ...primary('v2').status, availableReplicas: 1 } };
    const namespace = world(['v2', 'v2'], canary('Finalising'));
    expect(judge({ ...namespace, deployments: [target('v2'), rolling] })?.state).toBe('progressing');
  });

  test('whose target does not exist changes nothing', () => {
    const lost = { ...canary('Failed'), spec: { targetRef: { kind: 'Service', name: 'web' } } };
    expect(
      judge(
        snapshot({
          deployments: [deployment()],
          replicaSets: [replicaSet('web-2')],
          pods: [pod('x'), pod('y')],
          canaries: [lost],
        }),
      )?.state,
    ).toBe('converged');
  });
});
