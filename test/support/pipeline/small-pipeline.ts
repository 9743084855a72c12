/** A local pipeline on a small repository of four services, for tests of whole runs. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../../../cli/main';
import type { RunReport } from '../../../core/contract/report';
import type { SettingsInput } from '../../../core/settings/schema';
import { localSettings } from '../../../local/demo/repositories';
import { writeLocalSettings } from '../../../local/runtime/home';
import { freePort } from '../../../local/runtime/loopback';
import { createRepository, type TestEntry, type TestRepository } from '../git/git-repository';

export const CATALOG = `platform: v1.4.0
stages:
  - { name: base }
  - { name: apps, needs: [base] }
services:
  etcd: { path: etcd, stage: base }
  auth: { path: auth, stage: apps }
  restapi: { path: rest_api, stage: apps }
  ngui: { path: ngui, stage: apps }
`;

export const VALUES = `tag: &tag v1.3.0
etcd: { image: { tag: *tag } }
auth: { image: { tag: *tag } }
restapi: { image: { tag: *tag } }
ngui: { image: { tag: *tag } }
`;

export const FILES: Readonly<Record<string, TestEntry>> = {
  'pipeline.yaml': CATALOG,
  'chart/Chart.yaml': 'name: chart\nversion: 0.1.0\n',
  'chart/values.yaml': VALUES,
  'tools/shared.py': 'shared = 1\n',
  'etcd/Dockerfile': 'FROM scratch\nCOPY etcd/conf /conf\n',
  'etcd/conf': 'a=1\n',
  'auth/Dockerfile': 'FROM scratch\nCOPY tools /tools\nCOPY auth/main.py /\n',
  'auth/main.py': 'print(1)\n',
  'rest_api/Dockerfile': 'FROM scratch\nCOPY tools /tools\nCOPY rest_api/main.py /\n',
  'rest_api/main.py': 'print(2)\n',
  'ngui/Dockerfile': 'FROM scratch\nCOPY ngui/index.html /\n',
  'ngui/index.html': '<html></html>\n',
};

/** The result of one command. */
export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface SmallPipeline {
  readonly home: string;
  readonly repository: TestRepository;
  readonly registry: string;
  /** Runs the command line in this process; `--home` is given. */
  run(...args: string[]): Promise<CommandResult>;
  /** The report of a run with `--json`. */
  report(...args: string[]): Promise<RunReport>;
  read(path: string, branch?: string): string;
  remove(): void;
}

/** Makes repository and settings; `settings` overrides single ones. */
export async function makeSmallPipeline(settings: Partial<SettingsInput> = {}): Promise<SmallPipeline> {
  const folder = mkdtempSync(join(tmpdir(), 'small-pipeline-'));
  const home = join(folder, 'home');
  const repository = createRepository();
  repository.commit('main', FILES, 'first');
  const registry = `127.0.0.1:${await freePort()}`;
  const valuesFile = 'chart/values.yaml';
  const local = localSettings({ repository: repository.path, registry, values: valuesFile, namespace: 'team' });
  await writeLocalSettings(home, { ...local, ...settings }, true);
  const run = (...args: string[]) => runCommand('run', ...args, '--home', home, '--builder', 'embedded');
  return {
    home,
    repository,
    registry,
    run,
    report: async (...args) => JSON.parse((await run(...args, '--json')).stdout) as RunReport,
    read: (path, branch = 'main') => repository.git('show', `${branch}:${path}`),
    remove: () => {
      repository.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Runs the command line in this process. */
export async function runCommand(...args: string[]): Promise<CommandResult> {
  const output = { stdout: '', stderr: '' };
  const into = (name: 'stdout' | 'stderr') => ({
    write: (text: string) => {
      output[name] += text;
    },
  });
  const exitCode = await main(args, into('stdout'), into('stderr'));
  return { exitCode, ...output };
}
