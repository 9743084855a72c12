/** Why a workload is not complete, in one line. */
import { judgeConvergence } from '../../../core/convergence/judge-convergence';
import type { NamespaceSnapshot, Pod } from '../../../core/ports/cluster';
import { deployment, pod, settled, WEB, warning } from '../../support/cluster/objects';

const judge = (namespace: NamespaceSnapshot) => judgeConvergence([WEB], namespace)[0];

const condition = (type: string, status: string, reason: string, message = '') => ({ type, status, reason, message });

describe('the reason', () => {
  const rolling = (one: Pod, events: NamespaceSnapshot['events'] = []) =>
    judge(settled({ deployments: [deployment({}, { availableReplicas: 0 })], pods: [one], events }))?.why;
  const waiting = (reason: string, message: string) =>
    pod('x', { ready: false, imageID: '', container: { ready: false, state: { waiting: { reason, message } } } });

  test.each([
    ['a failed pull', waiting('ErrImagePull', 'not found'), [], /pod x, container app: ErrImagePull: not found$/],
    [
      'a failed pull, while the node waits',
      waiting('ImagePullBackOff', 'Back-off'),
      [warning('x', 'BackOff', 'Back-off'), warning('x', 'Failed', 'Failed to pull image "web": 401')],
      /ImagePullBackOff: Failed to pull image "web": 401$/,
    ],
    [
      'a missing secret',
      waiting('CreateContainerConfigError', 'secret "db" not found'),
      [],
      /CreateContainerConfigError: secret "db" not found$/,
    ],
    ['a normal start', waiting('ContainerCreating', ''), [], /available$/],
    [
      'the newest warning of the pod',
      pod('x', { ready: false }),
      [
        warning('x', 'Old', 'one', '2026-01-01T00:00:01Z'),
        warning('x', 'Unhealthy', 'probe failed', '2026-01-01T00:00:02Z'),
      ],
      /pod x: Unhealthy: probe failed$/,
    ],
    ['no warning of another object', pod('x', { ready: false }), [warning('y', 'Old', 'one')], /available$/],
    [
      'a warning of the ReplicaSet',
      pod('x', { ready: false }),
      [warning('web-2', 'FailedCreate', 'no quota')],
      /FailedCreate: no quota$/,
    ],
    [
      'no room on any node',
      pod('x', {
        ready: false,
        status: {
          containerStatuses: [],
          conditions: [condition('PodScheduled', 'False', 'Unschedulable', '0/3 nodes')],
        },
      }),
      [],
      /pod x is unschedulable: 0\/3 nodes$/,
    ],
    [
      'a signal',
      pod('x', {
        ready: false,
        container: { ready: false, state: { terminated: { exitCode: 139, signal: 11, reason: 'Error' } } },
      }),
      [],
      /crashed with signal 11: Error$/,
    ],
  ])('is %s', (_, one, events, why) => expect(rolling(one, events)).toMatch(why));

  test('is one line without credentials and without what a terminal obeys', () => {
    const why = rolling(waiting('ErrImagePull', 'GET https://user:secret@example.com/v2\n\u001b[31mfailed'));
    expect(why).toContain('GET https://***@example.com/v2 ?[31mfailed');
    expect(rolling(waiting('ErrImagePull', 'x'.repeat(5000)))?.length).toBeLessThan(450);
  });
});
