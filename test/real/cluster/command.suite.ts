/** The command job of the pipeline on a real Kubernetes with a real Helm, as the state machine runs it: install, upgrade, failed upgrade, rollback. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import { systemClock } from '../../../adapters/clock';
import { openCluster } from '../../../adapters/kubernetes/cluster';
import { readKubeconfig } from '../../../adapters/kubernetes/kubeconfig';
import { COMMAND_ENV, SOURCE_ARCHIVE } from '../../../core/contract/job-environment';
import { runBuildspec } from '../../../local/build/buildspec-runner';
import { clusterPrograms } from './cluster-programs';
import { type RealCluster, startRealCluster } from './real-cluster';

const CHART = join(__dirname, '../../tools/cluster/chart');
const BUILDSPEC = join(__dirname, '../../../buildspecs/command.yml');
const run = promisify(execFile);

let real: RealCluster;
let folder: string;
let path: string;

beforeAll(async () => {
  real = await startRealCluster();
  folder = await mkdtemp(join(tmpdir(), 'command-job-'));
  path = `${dirname((await clusterPrograms()).helm)}:/usr/bin:/bin`;
  await real.kubectl(['create', 'namespace', 'staging']);
}, 180_000);

afterAll(async () => {
  await real.close();
  await rm(folder, { recursive: true, force: true });
});

/** Archives chart and values as the rollout step does, and runs the job on them. */
async function deploy(services: Readonly<Record<string, string>>, part: Readonly<Record<string, string>> = {}) {
  const source = await mkdtemp(join(folder, 'source-'));
  await cp(CHART, join(source, 'files/chart'), { recursive: true });
  await writeFile(join(source, 'files/chart/values-staging.yaml'), JSON.stringify({ services }));
  await mkdir(join(source, 'job'));
  await run('tar', ['-czf', join(source, 'job', SOURCE_ARCHIVE), '-C', join(source, 'files'), '.']);
  const env = {
    [COMMAND_ENV.run]: 'run-1',
    [COMMAND_ENV.name]: 'deploy',
    [COMMAND_ENV.seconds]: '20',
    [COMMAND_ENV.environment]: 'staging',
    [COMMAND_ENV.commit]: 'c'.repeat(40),
    [COMMAND_ENV.script]: '',
    [COMMAND_ENV.cluster]: 'real',
    [COMMAND_ENV.namespace]: 'staging',
    [COMMAND_ENV.chart]: 'chart',
    [COMMAND_ENV.release]: 'shop',
    [COMMAND_ENV.values]: 'chart/values-staging.yaml',
  };
  const logFile = join(source, 'log');
  const result = await runBuildspec({
    buildspec: await readFile(BUILDSPEC, 'utf8'),
    source: join(source, 'job'),
    env: { ...env, PATH: path, HOME: folder, KUBECONFIG: real.kubeconfig, ...part },
    logFile,
    timeoutMs: 60_000,
  });
  return { result, log: await readFile(logFile, 'utf8') };
}

const web = (version: string) => ({ web: `registry.example.com/acme/web:${version}` });
const images = async () => {
  const access = await readKubeconfig(real.kubeconfig);
  const { deployments } = await openCluster(access, { clock: systemClock, random: Math.random }).snapshot('staging');
  return deployments.map(({ spec }) => spec.template.spec.containers[0]?.image);
};
const history = async (): Promise<readonly string[]> => {
  const revisions = JSON.parse(await real.helm(['history', 'shop', '-n', 'staging', '-o', 'json'])) as {
    readonly status: string;
    readonly description: string;
  }[];
  return revisions.map(({ status, description }) => `${status}: ${description}`);
};
const SUCCEEDED = { kind: 'succeeded' };
const FAILED = { kind: 'failed', phase: 'build', exitCode: 1 };

test('installs, and names the commit in the history of the release', async () => {
  expect((await deploy(web('v1'))).result).toEqual(SUCCEEDED);
  expect(await images()).toEqual([web('v1').web]);
  expect(await history()).toEqual([`deployed: commit ${'c'.repeat(40)}`]);
});

test('upgrades', async () => {
  expect((await deploy(web('v2'))).result).toEqual(SUCCEEDED);
  expect(await images()).toEqual([web('v2').web]);
});

test('fails with the reason in its log if the cluster refuses the chart', async () => {
  const { result, log } = await deploy({ ...web('v3'), Not_A_Name: 'x' });

  expect(result).toEqual(FAILED);
  expect(log).toMatch(/Not_A_Name.*Invalid value/s);
  expect((await history()).at(-1)).toMatch(/^failed: /);
});

test('a rollback, which is a commit with the versions before, upgrades a failed release', async () => {
  expect((await deploy(web('v1'))).result).toEqual(SUCCEEDED);
  expect(await images()).toEqual([web('v1').web]);
  expect((await history()).at(-1)).toMatch(/^deployed: /);
});

test('waits for an operation that has not ended, and gives up in time', async () => {
  const secrets = await real.kubectl(['get', 'secrets', '-n', 'staging', '-l', 'owner=helm', '-o', 'name']);
  const newest = secrets.trim().split('\n').at(-1)?.replace('secret/', '') ?? '';
  await setStatus(newest, 'pending-upgrade');

  const { result, log } = await deploy(web('v2'), { [COMMAND_ENV.seconds]: '5' });
  expect(result).toEqual(FAILED);
  expect(log).toContain('another operation (install/upgrade/rollback) is in progress');
  expect(await images()).toEqual([web('v1').web]);

  const waiting = deploy(web('v2'));
  await new Promise((resolve) => setTimeout(resolve, 3000));
  await setStatus(newest, 'deployed');
  expect((await waiting).result).toEqual(SUCCEEDED);
  expect(await images()).toEqual([web('v2').web]);
});

/** Rewrites the status in a record of Helm, as a Helm leaves it that is killed: JSON, compressed, and encoded twice. */
async function setStatus(secret: string, status: string): Promise<void> {
  const read = await real.kubectl(['get', 'secret', secret, '-n', 'staging', '-o', 'jsonpath={.data.release}']);
  const bytes = gunzipSync(Buffer.from(Buffer.from(read, 'base64').toString(), 'base64'));
  const release = JSON.parse(bytes.toString('utf8'));
  release.info.status = status;
  const encoded = Buffer.from(gzipSync(JSON.stringify(release)).toString('base64')).toString('base64');
  const patch = JSON.stringify({ data: { release: encoded }, metadata: { labels: { status } } });
  await real.kubectl(['patch', 'secret', secret, '-n', 'staging', '--type=merge', '-p', patch]);
}

test('fails if the cluster cannot be reached', async () => {
  const { result, log } = await deploy(web('v2'), { [COMMAND_ENV.cluster]: 'http://127.0.0.1:9' });

  expect(result).toEqual(FAILED);
  expect(log).toMatch(/unreachable|refused/);
});
