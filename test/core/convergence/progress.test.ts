/** Each kind is complete by its own rules, and says why it is not. */
import { judgeConvergence } from '../../../core/convergence/judge-convergence';
import type { CronJob, DaemonSet, Job, NamespaceSnapshot, Pod, StatefulSet } from '../../../core/ports/cluster';
import {
  deployment,
  IMAGE,
  meta,
  OLDER,
  pod,
  replicaSet,
  settled,
  snapshot,
  template,
  WEB,
} from '../../support/cluster/objects';

const judge = (namespace: NamespaceSnapshot) => judgeConvergence([WEB], namespace)[0];

const condition = (type: string, status: string, reason: string, message = '') => ({ type, status, reason, message });

describe('a Deployment', () => {
  const full = { replicas: 2, updatedReplicas: 2, availableReplicas: 2 };
  const late = [condition('Progressing', 'False', 'ProgressDeadlineExceeded')];
  const quota = [condition('ReplicaFailure', 'True', 'FailedCreate', 'exceeded quota: pods')];
  test.each([
    [
      'whose newest template was not seen',
      {},
      { ...full, observedGeneration: 1 },
      'progressing',
      /has not seen the newest template/,
    ],
    ['that is not fully updated', {}, { ...full, updatedReplicas: 1 }, 'progressing', /1 of 2 pods are updated/],
    ['whose pods are not available', {}, { ...full, availableReplicas: 1 }, 'progressing', /1 of 2 pods are available/],
    ['with old pods', {}, { ...full, replicas: 3 }, 'progressing', /1 old pods are not removed yet/],
    [
      'that made no progress in time',
      {},
      { updatedReplicas: 1, conditions: late },
      'failed',
      /ProgressDeadlineExceeded/,
    ],
    ['that was late and is complete now', {}, { ...full, conditions: late }, 'converged', undefined],
    [
      'whose pods are refused',
      {},
      { updatedReplicas: 0, conditions: quota },
      'progressing',
      /FailedCreate: exceeded quota: pods/,
    ],
    [
      'that is paused in its roll',
      { paused: true },
      { updatedReplicas: 0, conditions: late },
      'progressing',
      /is paused; kubectl rollout resume/,
    ],
    ['that is paused and complete', { paused: true }, full, 'converged', undefined],
    ['without a status', {}, { observedGeneration: undefined }, 'progressing', /has not seen/],
  ])('%s', (_, spec, status, state, why) => {
    const verdict = judge(settled({ deployments: [deployment(spec, status)] }));
    expect(verdict?.state).toBe(state);
    if (why === undefined) expect(verdict).not.toHaveProperty('why');
    else expect(verdict?.why).toMatch(why);
  });

  test('that is scaled to zero has converged when its template has the version', () => {
    const none = { replicas: 0, updatedReplicas: 0, readyReplicas: 0, availableReplicas: 0 };
    const zero = (tag: string) =>
      snapshot({ deployments: [deployment({ replicas: 0, template: template(tag) }, none)] });
    expect(judge(zero('v2'))).toMatchObject({
      state: 'converged',
      wanted: 0,
      running: [],
      why: 'Deployment web: it is scaled to zero',
    });
    expect(judge(zero('v1'))?.state).toBe('progressing');
  });

  test('whose pods crash is progressing until its deadline, with the crash as reason', () => {
    const crash = pod('x', {
      ready: false,
      container: {
        ready: false,
        restartCount: 4,
        state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s' } },
        lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } },
      },
    });
    expect(judge(settled({ deployments: [deployment({}, { availableReplicas: 0 })], pods: [crash] }))).toMatchObject({
      state: 'progressing',
      why: 'Deployment web: 0 of 2 pods are available; pod x, container app: crashed with exit code 137, 4 restarts: OOMKilled',
    });
  });
});

describe('a StatefulSet', () => {
  const set = (spec: Partial<StatefulSet['spec']>, status: NonNullable<StatefulSet['status']>): StatefulSet => ({
    metadata: meta('web'),
    spec: { replicas: 3, template: template(), ...spec },
    status: {
      observedGeneration: 2,
      replicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      updatedReplicas: 3,
      ...status,
    },
  });
  const partition = { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } };
  test.each([
    ['complete', {}, {}, 'converged', undefined],
    ['of an API without available pods', {}, { availableReplicas: undefined }, 'converged', undefined],
    ['in its roll', {}, { updatedReplicas: 1 }, 'progressing', /1 of 3 pods are updated/],
    ['with pods that are not available', {}, { availableReplicas: 2 }, 'progressing', /2 of 3 pods are available/],
    [
      'held by its partition',
      partition,
      { updatedReplicas: 1 },
      'progressing',
      /partition keeps the pods below ordinal 2/,
    ],
    ['below its partition', partition, { updatedReplicas: 0 }, 'progressing', /0 of 3 pods are updated/],
    [
      'that updates on delete',
      { updateStrategy: { type: 'OnDelete' } },
      { updatedReplicas: 1 },
      'progressing',
      /2 pods are still to be deleted/,
    ],
    ['unseen', {}, { observedGeneration: 1 }, 'progressing', /has not seen/],
  ])('%s', (_, spec, status, state, why) => {
    const pods = ['web-0', 'web-1', 'web-2'].map((name) => pod(name, { owner: 'web' }));
    const verdict = judge(snapshot({ statefulSets: [set(spec, status)], pods }));
    expect(verdict?.state).toBe(state);
    expect(verdict?.why ?? '').toMatch(why ?? /^$/);
  });

  test('that waits for a broken pod of an older template says which one to delete', () => {
    const broken = pod('web-2', { owner: 'web', tag: 'v1', imageID: '', ready: false });
    const verdict = judge(
      snapshot({ statefulSets: [set({}, { updatedReplicas: 0, readyReplicas: 2 })], pods: [broken] }),
    );
    expect(verdict?.why).toMatch(/0 of 3 pods are updated; delete pod web-2 if it stays/);
  });
});

describe('a DaemonSet', () => {
  const set = (status: NonNullable<DaemonSet['status']>, type = 'RollingUpdate'): DaemonSet => ({
    metadata: meta('web'),
    spec: { updateStrategy: { type }, template: template() },
    status: {
      observedGeneration: 2,
      desiredNumberScheduled: 2,
      updatedNumberScheduled: 2,
      numberAvailable: 2,
      numberReady: 2,
      ...status,
    },
  });
  test.each([
    ['complete', set({}), 'converged', undefined],
    ['in its roll', set({ updatedNumberScheduled: 1 }), 'progressing', /1 of 2 pods are updated/],
    ['not available', set({ numberAvailable: 1 }), 'progressing', /1 of 2 pods are available/],
    [
      'that updates on delete',
      set({ updatedNumberScheduled: 1 }, 'OnDelete'),
      'progressing',
      /1 pods are still to be deleted/,
    ],
    ['without nodes', set({ desiredNumberScheduled: 0 }), 'converged', /no node matches it/],
    ['unseen', set({ observedGeneration: 0 }), 'progressing', /has not seen/],
  ])('%s', (_, daemonSet, state, why) => {
    const pods = [pod('x', { owner: 'web' }), pod('y', { owner: 'web' })];
    const verdict = judge(snapshot({ daemonSets: [daemonSet], pods }));
    expect(verdict?.state).toBe(state);
    expect(verdict?.why ?? '').toMatch(why ?? /^$/);
  });
});

describe('a Job', () => {
  const job = (status: NonNullable<Job['status']>, spec: Partial<Job['spec']> = {}, over = {}): Job => ({
    metadata: { ...meta('web'), ...over },
    spec: { template: template(), ...spec },
    status,
  });
  const complete = { succeeded: 1, conditions: [condition('Complete', 'True', 'CompletionsReached')] };
  const failed = {
    failed: 7,
    conditions: [condition('Failed', 'True', 'BackoffLimitExceeded', 'Job has reached the specified backoff limit')],
  };
  test.each([
    ['that is complete', job(complete), 'converged', undefined],
    ['that used up its retries', job(failed), 'failed', /BackoffLimitExceeded: Job has reached/],
    [
      'that fails soon',
      job({ conditions: [condition('FailureTarget', 'True', 'PodFailurePolicy')] }),
      'failed',
      /PodFailurePolicy/,
    ],
    ['that runs again', job({ active: 1, failed: 1 }), 'progressing', /0 of 1 completions, 1 pods failed/],
    ['that is suspended', job({}, { suspend: true }), 'converged', /it is suspended/],
    ['of an older version only', job(failed, { template: template('v1') }), 'progressing', /names v1, not v2/],
  ])('%s', (_, one, state, why) => {
    const verdict = judge(snapshot({ jobs: [one] }));
    expect(verdict?.state).toBe(state);
    expect(verdict?.why ?? '').toMatch(why ?? /^$/);
  });

  test('of an older version does not count beside the released one', () => {
    const old = job(failed, { template: template('v1') }, { name: 'web-1', uid: 'web-1' });
    expect(judge(snapshot({ jobs: [old, job(complete)] }))).toMatchObject({ state: 'converged', ready: 1, wanted: 1 });
  });

  test('is judged by the digest of its ended pods, too', () => {
    const ended = pod('x', { owner: 'web', imageID: `${IMAGE}@${OLDER}`, status: { phase: 'Succeeded' } });
    expect(judge(snapshot({ jobs: [job(complete)], pods: [ended] }))?.state).toBe('failed');
  });

  test('of a CronJob does not count: only the template of the CronJob does', () => {
    const cronJob = (tag: string, suspend = false): CronJob => ({
      metadata: meta('web'),
      spec: { suspend, jobTemplate: { spec: { template: template(tag) } } },
    });
    const made = job(failed, { template: template('v1') }, meta('web-27', 'web'));
    expect(judge(snapshot({ cronJobs: [cronJob('v2')], jobs: [made] }))).toMatchObject({
      state: 'converged',
      why: 'CronJob web: its next Job uses the image',
    });
    expect(judge(snapshot({ cronJobs: [cronJob('v2', true)] }))?.why).toBe('CronJob web: it is suspended');
    expect(judge(snapshot({ cronJobs: [cronJob('v1')], jobs: [made] }))?.state).toBe('progressing');
  });
});

describe('what has no owner that is read', () => {
  const bare = (over: Partial<Pod['status']>, tag = 'v2') => {
    const one = pod('x', { tag, owner: 'unknown', ...(tag === 'v1' ? { imageID: OLDER } : {}) });
    return snapshot({ pods: [{ ...one, status: { ...one.status, ...over } }] });
  };
  test.each([
    ['a ready pod', bare({}), 'converged'],
    ['a pod that is not ready', bare({ conditions: [] }), 'progressing'],
    ['a pod that ran to its end', bare({ phase: 'Succeeded' }), 'converged'],
    ['a pod that failed', bare({ phase: 'Failed' }), 'failed'],
    ['a pod of an older version', bare({}, 'v1'), 'progressing'],
    [
      'a ReplicaSet that is complete',
      snapshot({
        replicaSets: [{ ...replicaSet('web-2'), status: { observedGeneration: 2, availableReplicas: 2 } }],
        pods: [pod('x'), pod('y')],
      }),
      'converged',
    ],
    [
      'a ReplicaSet that is not',
      snapshot({
        replicaSets: [{ ...replicaSet('web-2'), status: { observedGeneration: 2, availableReplicas: 1 } }],
        pods: [pod('x')],
      }),
      'progressing',
    ],
  ])('%s', (_, namespace, state) => expect(judge(namespace)?.state).toBe(state));
});
