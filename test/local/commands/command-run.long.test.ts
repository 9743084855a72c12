/** Whole runs on one machine whose images commands make: they push to the registry of the home, and a stand-in has Docker's plug-in. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunReport } from '../../../core/contract/report';
import { MAKE_IMAGE } from '../../support/commands/command-jobs';
import { DOCKER, writeDocker } from '../../support/commands/docker-stand-in';
import { makeSmallPipeline, runCommand, type SmallPipeline } from '../../support/pipeline/small-pipeline';

const CATALOG = (command: string) => `platform: v1.4.0
services:
  etcd: { inputs: [etcd, make], build: node make/image.mjs }
  auth: { inputs: [auth, make, "!auth/*.md"], build: { command: [sh, -ec, "${command}"], env: { MODE: release } } }
`;

const MAKE = 'node make/image.mjs';
const VALUES = 'tag: v1.3.0\netcd: { image: { tag: v1.3.0 } }\nauth: { image: { tag: v1.3.0 } }\n';

const { PATH } = process.env;
const bin = mkdtempSync(join(tmpdir(), 'command-run-'));
let pipeline: SmallPipeline;
beforeAll(async () => {
  mkdirSync(join(bin, 'bin'));
  writeDocker(join(bin, 'bin'), DOCKER);
  process.env.PATH = `${join(bin, 'bin')}:${PATH}`;
  pipeline = await makeSmallPipeline({ builders: 4 });
});
afterAll(() => {
  process.env.PATH = PATH;
  pipeline.remove();
  rmSync(bin, { recursive: true, force: true });
});

const commit = (files: Readonly<Record<string, string>>, command = MAKE) =>
  pipeline.repository.commit('main', {
    'pipeline.yaml': CATALOG(command),
    'chart/values.yaml': VALUES,
    'make/image.mjs': MAKE_IMAGE,
    'etcd/conf': 'a=1\n',
    'auth/main.py': 'print(1)\n',
    ...files,
  });

async function release(version: string): Promise<RunReport> {
  const args = ['release', '--version', version, '--ref', 'main', '--builder', 'docker', '--home', pipeline.home];
  return JSON.parse((await runCommand('run', ...args, '--json')).stdout) as RunReport;
}

test('are built, released and committed; then only changed inputs build, and a failed command changes nothing', async () => {
  commit({});
  const first = await release('v1.4.0');
  expect(first).toMatchObject({ status: 'SUCCEEDED', totals: { build: 2, retag: 0, keep: 0 } });
  expect(pipeline.read('chart/values.yaml')).toContain('auth: { image: { tag: v1.4.0 } }');

  commit({ 'auth/notes.md': 'no input\n', 'chart/values.yaml': pipeline.read('chart/values.yaml') });
  expect(await release('v1.5.0')).toMatchObject({ status: 'SUCCEEDED', totals: { build: 0, retag: 2, keep: 0 } });

  commit({ 'chart/values.yaml': pipeline.read('chart/values.yaml') }, `${MAKE}; exit 3`);
  const failed = await release('v1.6.0');
  expect(failed).toMatchObject({ status: 'FAILED', error: { name: 'BuildsFailed' }, totals: { build: 1 } });
  expect(failed.failed).toMatchObject([{ service: 'auth', status: 'FAILED' }]);
  expect(pipeline.read('chart/values.yaml')).toContain('auth: { image: { tag: v1.5.0 } }');

  // The command had pushed its image before it failed, and the next run does not take that image for built.
  expect(await release('v1.6.0')).toMatchObject({ status: 'FAILED', totals: { build: 1 } });
}, 120_000);

test('inputs that match nothing end a run before anything is built, with what to write instead', async () => {
  commit({ 'pipeline.yaml': CATALOG(MAKE).replace('[etcd,', '[etcdd,') });
  const report = await release('v1.7.0');

  expect(report).toMatchObject({ status: 'FAILED', error: { name: 'InvalidCatalog' } });
  expect(report.error?.message).toContain(
    "services.etcd.inputs: 'etcdd' matches no file of this commit; did you mean 'etcd'?",
  );
}, 60_000);
