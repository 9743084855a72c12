/** The contract of a cluster on a real Kubernetes with a real Helm, and what only a real one can refuse. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../../../adapters/clock';
import { openCluster } from '../../../adapters/kubernetes/cluster';
import { readKubeconfig } from '../../../adapters/kubernetes/kubeconfig';
import { parseReference } from '../../../core/image/reference';
import type { Behaviour } from '../../../local/cluster/namespace-state';
import type { CustomObject } from '../../../local/cluster/serve-api';
import { type ClusterUnderTest, clusterContract } from '../../contracts/cluster/cluster-contract';
import { startPodWriter } from './pod-writer';
import { type RealCluster, startRealCluster } from './real-cluster';

const CHART = join(__dirname, '../../tools/cluster/chart');

const OPTIONS = { clock: systemClock, random: Math.random };

clusterContract('Kubernetes', async (): Promise<ClusterUnderTest> => {
  const real = await startRealCluster();
  const writer = startPodWriter(await readKubeconfig(real.kubeconfig));
  const behaviours: { readonly key: string; readonly behaviour: Behaviour; readonly version?: string | undefined }[] =
    [];
  writer.behaviourOf = (namespace, service, image) => {
    const { tag } = parseReference(image);
    const found = behaviours.findLast(
      ({ key, version }) => key === `${namespace}/${service}` && (version === undefined || version === tag),
    );
    return found?.behaviour ?? 'ready';
  };
  return {
    open: async (pageSize = 500) => openCluster(await readKubeconfig(real.kubeconfig), { ...OPTIONS, pageSize }),
    deploy: async (namespace, services) => {
      writer.namespaces.add(namespace);
      const values = join(real.folder, `${namespace}.json`);
      await writeFile(values, JSON.stringify({ services }));
      await real.helm(['upgrade', '--install', 'shop', CHART, '-n', namespace, '--create-namespace', '-f', values]);
    },
    behave: async (namespace, service, behaviour, version) => {
      behaviours.push({ key: `${namespace}/${service}`, behaviour, version });
      if (behaviour !== 'quota') return;
      await real.kubectl(['create', 'namespace', namespace]);
      await real.kubectl(['create', 'quota', 'none', '--hard=pods=0', '-n', namespace]);
      await real.kubectl(['wait', '--for=jsonpath={.status.hard.pods}=0', 'quota/none', '-n', namespace]);
    },
    put: (object) => putCustomObject(real, object),
    close: async () => {
      await writer.stop();
      await real.close();
    },
  };
});

/** Installs the kind if it is missing, and writes the object with its status. */
async function putCustomObject(
  { kubectl }: RealCluster,
  { group, version, plural, kind, namespace, object }: CustomObject,
) {
  const name = `${plural}.${group}`;
  const schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural, kind },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: schema },
          subresources: { status: {} },
        },
      ],
    },
  };
  await kubectl(['apply', '-f', '-'], JSON.stringify(definition));
  await kubectl(['wait', '--for=condition=Established', `crd/${name}`]);
  await kubectl(['create', 'namespace', namespace]).catch(() => undefined);
  const { status, ...rest } = object as CustomObject['object'] & { readonly status: object };
  const created = {
    apiVersion: `${group}/${version}`,
    kind,
    ...rest,
    metadata: { name: rest.metadata.name, namespace },
  };
  await kubectl(['apply', '-f', '-'], JSON.stringify(created));
  const patch = JSON.stringify({ status });
  await kubectl([
    'patch',
    name,
    rest.metadata.name,
    '-n',
    namespace,
    '--subresource=status',
    '--type=merge',
    '-p',
    patch,
  ]);
}

describe('a real cluster', () => {
  let real: RealCluster;
  beforeAll(async () => {
    real = await startRealCluster();
  }, 180_000);
  afterAll(() => real.close());

  const read = async (kubeconfig: string) => openCluster(await readKubeconfig(kubeconfig), OPTIONS).snapshot('default');

  test('refuses an unknown token, which is not repeated', async () => {
    const error = await read(await real.login('an-expired-token')).catch((thrown: Error) => thrown.message);
    expect(error).toMatch(
      /401: Unauthorized; context real of .* does not accept the login: the token may have expired/,
    );
    expect(error).not.toContain('an-expired-token');
  });

  test('is not trusted with the certificate of another authority', async () => {
    const other = await startRealCluster();
    const wrong = await real.login(real.readerToken, join(other.folder, 'certificates/apiserver.crt'));
    await expect(read(wrong)).rejects.toThrow(/is not signed by the authority that context real of .* names/);
    await other.close();
  });

  test('names the missing rights, and the documented role grants them', async () => {
    const reader = await real.login(real.readerToken);
    await expect(read(reader)).rejects.toThrow(
      /deployments.apps is forbidden[\s\S]*\{ apiGroups: \["apps"\], resources: \["daemonsets","deployments","replicasets","statefulsets"\], verbs: \["get", "list"\] \}/,
    );
    const guide = await readFile(join(__dirname, '../../../docs/deploy.md'), 'utf8');
    const manifest = /```yaml\n(# Role for reading a cluster[\s\S]*?)```/.exec(guide)?.[1] ?? '';
    await real.kubectl(['apply', '-f', '-'], manifest.replaceAll('NAMESPACE', 'default').replaceAll('USER', 'reader'));
    expect(await read(reader)).toMatchObject({ namespace: 'default', deployments: [], pods: [] });
  });

  test('is taken back by helm rollback to the images of an earlier revision', async () => {
    const image = async () =>
      (await read(real.kubeconfig)).deployments.map(({ spec }) => spec.template.spec.containers[0]?.image);
    for (const version of ['v1', 'v2'])
      await real.helm([
        'upgrade',
        '--install',
        'shop',
        CHART,
        '--set',
        `services.web=registry.example.com/acme/web:${version}`,
      ]);
    expect(await image()).toEqual(['registry.example.com/acme/web:v2']);
    await real.helm(['rollback', 'shop', '1']);
    expect(await image()).toEqual(['registry.example.com/acme/web:v1']);
  });
});
