/** What a namespace runs, held against what was released. */
import * as fc from 'fast-check';
import { judgeConvergence } from '../../../core/convergence/judge-convergence';
import type { NamespaceSnapshot, Pod } from '../../../core/ports/cluster';
import {
  CONFIG,
  deployment,
  digestOf,
  IMAGE,
  meta,
  OLDER,
  pod,
  RELEASED,
  replicaSet,
  settled,
  snapshot,
  template,
  WEB,
  warning,
} from '../../support/cluster/objects';
import { runs } from '../../support/property-runs';

const judge = (namespace: NamespaceSnapshot, expected = WEB) => judgeConvergence([expected], namespace)[0];

const oldPod = (name: string, over = {}) =>
  pod(name, { owner: 'web-1', tag: 'v1', imageID: `${IMAGE}@${OLDER}`, ...over });

describe('a service', () => {
  test('has converged when its workload is complete and all pods run the released digest', () => {
    expect(judge(settled())).toEqual({
      service: 'web',
      state: 'converged',
      expected: RELEASED,
      running: [RELEASED],
      ready: 2,
      wanted: 2,
    });
  });

  test('is missing if no workload uses its image', () => {
    const other = settled({
      deployments: [deployment({ template: template('v2', 'registry.example.com/acme/other') })],
    });
    expect(judge({ ...other, pods: [], replicaSets: [] })).toMatchObject({
      state: 'missing',
      why: 'no workload of namespace shop uses the image',
    });
    expect(judge(snapshot({}))?.state).toBe('missing');
  });

  test('progresses while its workload names another version, even if that one failed or has the same digest', () => {
    const failed = [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }];
    const old = deployment({ template: template('v1') }, { updatedReplicas: 0, conditions: failed });
    const why = 'Deployment web: names v1, not v2';
    expect(judge(settled({ deployments: [old] }))).toMatchObject({ state: 'progressing', why });
  });

  test('progresses while a pod of an older template serves', () => {
    const rolling = settled({
      deployments: [deployment({}, { replicas: 3 })],
      replicaSets: [replicaSet('web-1', 'web', 'v1'), replicaSet('web-2')],
      pods: [oldPod('web-1-x'), pod('web-2-x'), pod('web-2-y')],
    });
    expect(judge(rolling)).toMatchObject({
      state: 'progressing',
      running: [RELEASED, OLDER],
      why: 'Deployment web: 1 old pods are not removed yet',
    });
    // The status was read before its pods.
    expect(judge({ ...rolling, deployments: [deployment()] })).toMatchObject({
      state: 'progressing',
      why: 'Deployment web: pod web-1-x of an older template is still running',
    });
  });

  test('has failed if a pod that names the version runs another digest', () => {
    const moved = settled({ pods: [pod('web-2-x'), pod('web-2-y', { imageID: `${IMAGE}@${OLDER}` })] });
    expect(judge(moved)).toMatchObject({
      state: 'failed',
      running: [RELEASED, OLDER],
      why: `Deployment web: pod web-2-y runs ${OLDER}, not the released digest`,
    });
  });

  test('progresses while fewer pods are listed than its workload counts', () => {
    expect(judge(settled({ pods: [pod('web-2-x')] }))).toMatchObject({
      state: 'progressing',
      why: 'Deployment web: 1 of 2 pods are listed with their digest',
    });
  });

  test('has the worst state of its workloads, and the sum of their pods', () => {
    const worker = { ...deployment({ replicas: 1 }, { updatedReplicas: 0 }), metadata: meta('worker') };
    expect(judge(settled({ deployments: [deployment(), worker] }))).toMatchObject({
      state: 'progressing',
      wanted: 3,
      why: 'Deployment worker: 0 of 1 pods are updated',
    });
  });

  test('is judged by its own container in a pod of several', () => {
    const spec = { containers: [...template().spec.containers, { name: 'proxy', image: 'docker.io/envoy:1' }] };
    const both = (name: string): Pod => {
      const base = pod(name);
      const proxy = { name: 'proxy', imageID: `docker.io/envoy@${OLDER}`, ready: true, restartCount: 0 };
      return {
        ...base,
        status: { ...base.status, containerStatuses: [...(base.status?.containerStatuses ?? []), proxy] },
      };
    };
    const namespace = settled({
      deployments: [deployment({ template: { spec } })],
      pods: [both('web-2-x'), both('web-2-y')],
    });
    expect(judge(namespace)?.state).toBe('converged');
  });

  test('is judged by init containers and sidecars, too', () => {
    const spec = {
      initContainers: [{ name: 'setup', image: `${IMAGE}:v2` }],
      containers: [{ name: 'app', image: 'nginx' }],
    };
    const withInit = (imageID: string) =>
      pod('web-2-x', {
        container: { name: 'app', imageID: `docker.io/library/nginx@${OLDER}` },
        status: { initContainerStatuses: [{ name: 'setup', imageID, ready: true, restartCount: 0 }] },
      });
    const one = deployment(
      { replicas: 1, template: { spec } },
      { replicas: 1, updatedReplicas: 1, availableReplicas: 1 },
    );
    const run = (imageID: string) =>
      judge(settled({ deployments: [one], pods: [{ ...withInit(imageID), spec }] }))?.state;
    expect(run(`${IMAGE}@${RELEASED}`)).toBe('converged');
    expect(run(`${IMAGE}@${OLDER}`)).toBe('failed');
  });

  test('ignores pods that are being removed or at their end', () => {
    const leaving = oldPod('web-1-x', { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } });
    const evicted = oldPod('web-1-y', { status: { phase: 'Failed', reason: 'Evicted' } });
    const replicaSets = [replicaSet('web-1', 'web', 'v1'), replicaSet('web-2')];
    const namespace = settled({ replicaSets, pods: [leaving, evicted, pod('web-2-x'), pod('web-2-y')] });
    expect(judge(namespace)).toMatchObject({ state: 'converged', running: [RELEASED] });
  });
});

describe('the digest that a runtime reports', () => {
  test.each([
    ['containerd, the index', `${IMAGE}@${RELEASED}`, 'converged'],
    ['containerd, another name of the same image', `mirror.example.com/web@${RELEASED}`, 'converged'],
    ['cri-dockerd', `docker-pullable://${IMAGE}@${RELEASED}`, 'converged'],
    ['an imported image, by its config', CONFIG, 'converged'],
    ['CRI-O, the config as bare hex', CONFIG.slice(7), 'converged'],
    ['an unknown config', digestOf('d').slice(7), 'failed'],
    ['another image', `${IMAGE}@${OLDER}`, 'failed'],
    ['a text that contains no digest', 'something', 'failed'],
    ['no image yet', '', 'progressing'],
  ])('%s', (_, imageID, state) => {
    expect(judge(settled({ pods: ['x', 'y'].map((name) => pod(name, { imageID })) }))?.state).toBe(state);
  });

  test('is printed as the released one if it proves that', () => {
    const running = settled({ pods: [pod('x', { imageID: CONFIG }), pod('y')] });
    expect(judge(running)?.running).toEqual([RELEASED]);
  });

  test('may be named by the template instead of the version', () => {
    const pinned = (digest: string) => settled({ deployments: [deployment({ template: template(`any@${digest}`) })] });
    expect(judge(pinned(RELEASED))?.state).toBe('converged');
    expect(judge(pinned(OLDER))?.state).toBe('progressing');
  });
});

describe('for any namespace', () => {
  const anyPod = fc.record({
    isOld: fc.boolean(),
    digest: fc.constantFrom(RELEASED, OLDER, CONFIG, ''),
    ready: fc.boolean(),
  });
  const count = fc.integer({ min: 0, max: 3 });
  const anyNamespace = fc
    .record({
      pods: fc.array(anyPod, { maxLength: 4 }),
      wanted: count,
      updated: count,
      replicas: count,
      available: count,
      tag: fc.constantFrom('v1', 'v2'),
    })
    .map(({ pods, wanted, updated, replicas, available, tag }) =>
      settled({
        deployments: [
          deployment(
            { replicas: wanted, template: template(tag) },
            { updatedReplicas: updated, replicas, availableReplicas: available },
          ),
        ],
        replicaSets: [replicaSet('web-1', 'web', 'v1'), replicaSet('web-2')],
        pods: pods.map(({ isOld, digest, ready }, index) =>
          pod(`p${index}`, { owner: isOld ? 'web-1' : 'web-2', tag: isOld ? 'v1' : 'v2', imageID: digest, ready }),
        ),
        events: [warning('p0', 'BackOff', 'again')],
      }),
    );

  test('converged means: the version is named, enough pods run, and each of them runs the released digest', () => {
    fc.assert(
      fc.property(anyNamespace, (namespace) => {
        const verdict = judge(namespace);
        if (verdict?.state !== 'converged') return;
        const wanted = namespace.deployments[0]?.spec.replicas ?? 0;
        const ids = namespace.pods.map(({ status }) => status?.containerStatuses?.[0]?.imageID ?? '');
        expect(namespace.deployments[0]?.spec.template).toEqual(template('v2'));
        expect(ids.filter((id) => id !== '' && id !== RELEASED && id !== CONFIG)).toEqual([]);
        expect(ids.filter((id) => id !== '').length).toBeGreaterThanOrEqual(wanted);
      }),
      { numRuns: runs(300) },
    );
  });

  test('a state other than converged has a reason, and no event changes a state', () => {
    fc.assert(
      fc.property(anyNamespace, (namespace) => {
        const verdict = judge(namespace);
        expect(verdict?.state === 'converged' || (verdict?.why ?? '') !== '').toBe(true);
        expect(judge({ ...namespace, events: [] })?.state).toBe(verdict?.state);
      }),
      { numRuns: runs(300) },
    );
  });

  test('the order of the lists does not matter', () => {
    fc.assert(
      fc.property(anyNamespace, (namespace) => {
        const { pods, replicaSets } = namespace;
        expect(judge({ ...namespace, pods: pods.toReversed(), replicaSets: replicaSets.toReversed() })).toEqual(
          judge(namespace),
        );
      }),
      { numRuns: runs(300) },
    );
  });
});
