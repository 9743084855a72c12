/** What a cluster must do, so that a deployment can be judged: the same on the embedded cluster and on a real one. */
import { judgeConvergence, type ServiceConvergence } from '../../../core/convergence/judge-convergence';
import { judgeApplication, judgeFlux } from '../../../core/convergence/judge-sync';
import type { Cluster } from '../../../core/ports/cluster';
import type { Behaviour } from '../../../local/cluster/namespace-state';
import type { CustomObject } from '../../../local/cluster/serve-api';
import { digestOf } from '../../support/cluster/objects';

/** Digests of `registry.example.com/acme/<any>` by tag. No other tag can be pulled. */
export const DIGESTS: Readonly<Record<string, string>> = { v1: digestOf('1'), v2: digestOf('2'), v3: digestOf('3') };

export interface ClusterUnderTest {
  /** Reads it, with pages of that many objects. */
  open(pageSize?: number): Promise<Cluster>;
  /** Installs or upgrades the services, each with 2 pods, and waits for nothing. */
  deploy(namespace: string, services: Readonly<Record<string, string>>): Promise<void>;
  behave(namespace: string, service: string, behaviour: Behaviour, version?: string): Promise<void>;
  put(object: CustomObject): Promise<void>;
  close(): Promise<void>;
}

const LONGEST = 60_000;

export function clusterContract(name: string, start: () => Promise<ClusterUnderTest>): void {
  describe(name, () => {
    let cluster: ClusterUnderTest;
    let reads: Cluster;
    let number = 0;
    let namespace = '';

    beforeAll(async () => {
      cluster = await start();
      reads = await cluster.open();
    }, 180_000);
    afterAll(async () => cluster.close());
    beforeEach(() => {
      number += 1;
      namespace = `scene-${number}`;
    });

    const imageOf = (service: string) => `registry.example.com/acme/${service}`;
    const deploy = (version: string, services = ['web']) =>
      cluster.deploy(namespace, Object.fromEntries(services.map((each) => [each, `${imageOf(each)}:${version}`])));
    const judge = async (version: string, service = 'web') => {
      const digest = DIGESTS[version] ?? digestOf('f');
      const expected = { service, image: imageOf(service), version, digest };
      const [verdict] = judgeConvergence([expected], await reads.snapshot(namespace));
      if (verdict === undefined) throw new Error('no verdict');
      return verdict;
    };
    /** Judges until the check is true, and returns all verdicts. */
    const watch = async (version: string, isEnough: (verdict: ServiceConvergence) => boolean) => {
      const verdicts: ServiceConvergence[] = [];
      for (const end = Date.now() + LONGEST; Date.now() < end; ) {
        const verdict = await judge(version);
        verdicts.push(verdict);
        if (isEnough(verdict)) return verdicts;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error(`never happened; the last verdict was ${JSON.stringify(verdicts.at(-1))}`);
    };
    const isConverged = ({ state }: ServiceConvergence) => state === 'converged';
    const isFailed = ({ state }: ServiceConvergence) => state === 'failed';

    test('an installation progresses until its pods are ready', async () => {
      expect((await judge('v1')).state).toBe('missing');
      await deploy('v1', ['web', 'worker']);
      const verdicts = await watch('v1', isConverged);
      expect(new Set(verdicts.slice(0, -1).map(({ state }) => state))).not.toContain('failed');
      expect(verdicts.at(-1)).toMatchObject({ running: [DIGESTS.v1], ready: 2, wanted: 2 });
    });

    test('an upgrade has converged only when no old pod is left', async () => {
      await deploy('v1');
      await watch('v1', isConverged);
      await deploy('v2');
      const verdicts = await watch('v2', isConverged);
      expect(verdicts[0]?.state).toBe('progressing');
      expect(verdicts.at(-1)).toMatchObject({ running: [DIGESTS.v2], ready: 2, wanted: 2 });
      expect(await judge('v1')).toMatchObject({ state: 'progressing', why: 'Deployment web: names v2, not v1' });
    });

    test('an upgrade that crashes fails with its exit code while old pods serve, and a rollback converges', async () => {
      await deploy('v1');
      await watch('v1', isConverged);
      await cluster.behave(namespace, 'web', 'crash', 'v2');
      await deploy('v2');
      const failed = (await watch('v2', isFailed)).at(-1);
      expect(failed?.why).toMatch(
        /ProgressDeadlineExceeded.*container app: crashed with exit code 1, \d+ restarts: Error/,
      );
      expect(failed).toMatchObject({ ready: 2, running: [DIGESTS.v1, DIGESTS.v2] });
      await deploy('v1');
      expect((await watch('v1', isConverged)).at(-1)?.running).toEqual([DIGESTS.v1]);
    });

    test.each<[Behaviour, string, RegExp]>([
      ['pull-error', 'v2', /ImagePullBackOff: Failed to pull image "registry.example.com\/acme\/web:v2"/],
      ['ready', 'v9', /ImagePullBackOff: Failed to pull image "registry.example.com\/acme\/web:v9".*not found/],
      ['out-of-memory', 'v2', /crashed with exit code 137, \d+ restarts: OOMKilled/],
      ['never-ready', 'v2', /Readiness probe failed: HTTP probe failed with statuscode: 503/],
      ['unschedulable', 'v2', /is unschedulable: 0\/1 nodes are available/],
    ])('pods told to be %s at %s are explained', async (behaviour, version, why) => {
      await cluster.behave(namespace, 'web', behaviour);
      await deploy(version);
      const verdicts = await watch(version, (verdict) => why.test(verdict.why ?? ''));
      expect(verdicts.at(-1)?.state).not.toBe('converged');
      const failed = (await watch(version, isFailed)).at(-1);
      expect(failed?.why).toMatch(why);
    });

    test('a quota that refuses pods is explained', async () => {
      await cluster.behave(namespace, 'web', 'quota');
      await deploy('v1');
      const verdicts = await watch('v1', ({ why }) => /FailedCreate: pods "web-.*exceeded quota/.test(why ?? ''));
      expect(verdicts.at(-1)).toMatchObject({ state: 'progressing', ready: 0, wanted: 2 });
    });

    test('pages give the same objects as one list', async () => {
      await deploy('v1', ['a', 'b', 'c', 'web']);
      await watch('v1', isConverged);
      const names = async (each: Cluster) =>
        (await each.snapshot(namespace)).deployments.map(({ metadata }) => metadata.name);
      expect(await names(await cluster.open(1))).toEqual(['a', 'b', 'c', 'web']);
      expect(await names(reads)).toEqual(['a', 'b', 'c', 'web']);
    });

    test('a kind that is not installed is an empty list, and an installed one is read', async () => {
      expect(await reads.deliveries(namespace)).toEqual({
        namespace,
        applications: [],
        kustomizations: [],
        helmReleases: [],
      });
      for (const object of customObjects(namespace)) await cluster.put(object);
      const { applications, kustomizations, helmReleases } = await reads.deliveries(namespace);
      const contains = (revision: string) => 'c'.repeat(40).startsWith(revision);
      const synced = [
        ...applications.map((each) => judgeApplication(each, contains)),
        ...[...kustomizations, ...helmReleases].map((each) => judgeFlux(each, contains)),
      ];
      expect(synced).toEqual([{ state: 'synced' }, { state: 'synced' }, { state: 'synced' }]);
      const { rollouts, canaries } = await reads.snapshot(namespace);
      expect(rollouts).toMatchObject([{ metadata: { name: 'web' }, status: { phase: 'Degraded', abort: true } }]);
      expect(canaries).toMatchObject([
        { spec: { targetRef: { name: 'web' } }, status: { phase: 'Progressing', canaryWeight: 10 } },
      ]);
    });
  });
}

/** An object of each extension, as its controller writes it. */
function customObjects(namespace: string): readonly CustomObject[] {
  const commit = 'c'.repeat(40);
  const metadata = { name: 'web', uid: 'given-by-the-cluster' };
  const of = (group: string, version: string, plural: string, kind: string, object: object): CustomObject => ({
    group,
    version,
    plural,
    kind,
    namespace,
    object: { metadata, ...object },
  });
  const ready = { conditions: [{ type: 'Ready', status: 'True', reason: 'Succeeded', message: 'done' }] };
  const seen = { observedGeneration: 1 };
  return [
    of('argoproj.io', 'v1alpha1', 'applications', 'Application', {
      spec: {},
      status: {
        sync: { status: 'Synced', revision: commit },
        health: { status: 'Healthy' },
        operationState: { phase: 'Succeeded' },
      },
    }),
    of('kustomize.toolkit.fluxcd.io', 'v1', 'kustomizations', 'Kustomization', {
      spec: { suspend: false },
      status: { ...seen, ...ready, lastAppliedRevision: `main@sha1:${commit}` },
    }),
    of('helm.toolkit.fluxcd.io', 'v2', 'helmreleases', 'HelmRelease', {
      spec: {},
      status: { ...seen, ...ready, history: [{ chartVersion: `1.0.0+${commit.slice(0, 12)}`, status: 'deployed' }] },
    }),
    of('argoproj.io', 'v1alpha1', 'rollouts', 'Rollout', {
      spec: {
        replicas: 2,
        template: { spec: { containers: [{ name: 'app', image: 'registry.example.com/acme/web:v2' }] } },
      },
      status: {
        observedGeneration: '1',
        phase: 'Degraded',
        abort: true,
        message: 'RolloutAborted: aborted',
        currentStepIndex: null,
      },
    }),
    of('flagger.app', 'v1beta1', 'canaries', 'Canary', {
      spec: { targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } },
      status: { phase: 'Progressing', canaryWeight: 10, failedChecks: 1 },
    }),
  ];
}
