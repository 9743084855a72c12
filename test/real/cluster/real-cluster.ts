/** A real API server and controller manager on loopback, with etcd, in a folder of their own. There is no node: a test writes pod statuses. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../../local/runtime/loopback';
import { clusterPrograms } from './cluster-programs';

const run = promisify(execFile);

export interface RealCluster {
  readonly url: string;
  readonly folder: string;
  /** Of a user that may do everything. */
  readonly kubeconfig: string;
  /** Returns a kubeconfig with that token and, unless others are given, the cluster's own certificates. */
  login(token: string, authority?: string): Promise<string>;
  /** The token of the user `reader`, who may do nothing until a role is bound. */
  readonly readerToken: string;
  kubectl(args: readonly string[], input?: string): Promise<string>;
  helm(args: readonly string[]): Promise<string>;
  close(): Promise<void>;
}

export async function startRealCluster(): Promise<RealCluster> {
  const programs = await clusterPrograms();
  const folder = await mkdtemp(join(tmpdir(), 'real-cluster-'));
  const at = (name: string) => join(folder, name);
  const [etcdPort, peerPort, apiPort, managerPort] = await Promise.all([
    freePort(),
    freePort(),
    freePort(),
    freePort(),
  ]);
  const [adminToken, readerToken, managerToken] = [0, 1, 2].map(() => randomBytes(16).toString('hex'));
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  await writeFile(at('sa.key'), privateKey.export({ type: 'pkcs1', format: 'pem' }));
  await writeFile(at('sa.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
  const users = [
    `${adminToken},admin,1,system:masters`,
    `${readerToken},reader,2`,
    `${managerToken},manager,3,system:masters`,
  ];
  await writeFile(at('tokens.csv'), `${users.join('\n')}\n`);

  const children: ChildProcess[] = [];
  const start = (program: string, args: readonly string[]) => {
    const log = createWriteStream(at(`${program.split('/').at(-1)}.log`));
    const child = spawn(program, args);
    child.stdout.pipe(log);
    child.stderr.pipe(log);
    children.push(child);
  };
  const etcd = `http://127.0.0.1:${etcdPort}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  start(programs.etcd, [
    `--data-dir=${at('etcd')}`,
    `--listen-client-urls=${etcd}`,
    `--advertise-client-urls=${etcd}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
  ]);
  start(programs['kube-apiserver'], [
    `--etcd-servers=${etcd}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${apiPort}`,
    `--cert-dir=${at('certificates')}`,
    '--service-cluster-ip-range=10.0.0.0/24',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${at('sa.pub')}`,
    `--service-account-signing-key-file=${at('sa.key')}`,
    `--token-auth-file=${at('tokens.csv')}`,
    '--authorization-mode=RBAC',
    '--disable-admission-plugins=ServiceAccount',
    '--endpoint-reconciler-type=none',
  ]);

  const url = `https://127.0.0.1:${apiPort}`;
  const login = async (token: string, authority = at('certificates/apiserver.crt')) => {
    const path = at(`kubeconfig-${randomBytes(4).toString('hex')}`);
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'real',
      contexts: [{ name: 'real', context: { cluster: 'real', user: 'real' } }],
      clusters: [{ name: 'real', cluster: { server: url, 'certificate-authority': authority } }],
      users: [{ name: 'real', user: { token } }],
    };
    await writeFile(path, JSON.stringify(config));
    return path;
  };
  const kubeconfig = await login(adminToken ?? '');
  const kubectl = async (args: readonly string[], input?: string) => {
    const running = run(programs.kubectl, ['--kubeconfig', kubeconfig, ...args], { maxBuffer: 1e8 });
    running.child.stdin?.end(input ?? '');
    return (await running).stdout;
  };
  const close = async () => {
    for (const child of children.toReversed()) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      if (child.exitCode === null && child.kill('SIGKILL')) await ended;
    }
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await untilReady(() => kubectl(['get', '--raw', '/readyz']), at('kube-apiserver.log'));
    start(programs['kube-controller-manager'], [
      `--kubeconfig=${await login(managerToken ?? '')}`,
      `--service-account-private-key-file=${at('sa.key')}`,
      '--leader-elect=false',
      '--bind-address=127.0.0.1',
      `--secure-port=${managerPort}`,
      `--cert-dir=${at('manager-certificates')}`,
      '--resource-quota-sync-period=1s',
    ]);
  } catch (error) {
    await close();
    throw error;
  }
  const helm = async (args: readonly string[]) => {
    const env = {
      ...process.env,
      HELM_CACHE_HOME: at('helm'),
      HELM_CONFIG_HOME: at('helm'),
      HELM_DATA_HOME: at('helm'),
    };
    return (await run(programs.helm, ['--kubeconfig', kubeconfig, ...args], { env, maxBuffer: 1e8 })).stdout;
  };
  return { url, folder, kubeconfig, login, readerToken: readerToken ?? '', kubectl, helm, close };
}

const LONGEST_START = 120_000;

async function untilReady(ask: () => Promise<unknown>, log: string): Promise<void> {
  for (const end = Date.now() + LONGEST_START; ; ) {
    try {
      await ask();
      return;
    } catch (error) {
      if (Date.now() > end)
        throw new Error(`the API server did not start: ${(await readFile(log, 'utf8')).slice(-3000)}`, {
          cause: error,
        });
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}
