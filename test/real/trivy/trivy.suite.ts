/** Runs whose images are scanned by the real Trivy, with a database of a few vulnerabilities. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTrivyState } from '../../../adapters/scan/trivy-state';
import { makeSmallPipeline, type SmallPipeline } from '../../support/pipeline/small-pipeline';
import { moduleProgram } from '../programs/module-program';

const TRIVY = {
  name: 'trivy',
  module: 'github.com/aquasecurity/trivy@v0.74.0',
  package: './cmd/trivy',
  env: { GOEXPERIMENT: 'jsonv2' },
};

/** Packages of Python as they are installed. The embedded builder runs nothing, so that they are files of the repository. */
const INSTALLED = {
  'auth/Dockerfile': 'FROM scratch\nCOPY auth /\n',
  'auth/lib/jinja2-3.0.1.dist-info/METADATA': 'Metadata-Version: 2.1\nName: Jinja2\nVersion: 3.0.1\n',
  'auth/lib/pyyaml-5.1.dist-info/METADATA': 'Metadata-Version: 2.1\nName: PyYAML\nVersion: 5.1\n',
};

const VULNERABILITIES = [
  { id: 'CVE-2026-1001', severity: 'CRITICAL', package: 'jinja2', fixedIn: '3.0.2' },
  { id: 'CVE-2026-1002', severity: 'HIGH', package: 'pyyaml', fixedIn: '' },
];

const before = { ...process.env };
let folder: string;
let pipeline: SmallPipeline;

beforeAll(async () => {
  const program = await moduleProgram(TRIVY);
  folder = mkdtempSync(join(tmpdir(), 'real-trivy-'));
  copyFileSync(program, join(folder, 'trivy'));
  process.env = { ...before, PATH: `${folder}:${before.PATH}`, TRIVY_CACHE_DIR: join(folder, 'cache') };
  pipeline = await makeSmallPipeline({ scan: { from: 'trivy', severity: 'HIGH' } });
  pipeline.repository.commit('main', INSTALLED);
}, 1_800_000);

afterAll(() => {
  process.env = before;
  pipeline.remove();
  rmSync(folder, { recursive: true });
});

const release = () => pipeline.report('release', '--version', 'v1.4.0', '--ref', 'main');

test('without a database and a network to fetch one, no image gets a version', async () => {
  expect(await readTrivyState(join(folder, 'trivy'))).toEqual({ version: 'dev' });
  // No registry answers there.
  process.env.TRIVY_DB_REPOSITORY = '127.0.0.1:1/trivy-db';
  const report = await release();

  expect(report).toMatchObject({ status: 'FAILED', error: { name: 'ScannerError' } });
  expect(report.error?.message).toMatch(/has no database of vulnerabilities: .*trivy image --download-db-only/s);
});

test('findings of Trivy stop a run, and waivers let it pass', async () => {
  const input = JSON.stringify(VULNERABILITIES);
  const tool = join(__dirname, '../../tools/trivy');
  execFileSync('go', ['run', '.', join(folder, 'cache', 'db')], { cwd: tool, input });
  expect(await readTrivyState(join(folder, 'trivy'))).toMatchObject({ updatedAt: expect.stringMatching(/^2/) });

  const refused = await release();
  expect(refused).toMatchObject({
    error: { name: 'FindingsRefused' },
    scan: {
      verdict: 'refused',
      open: [
        { service: 'auth', id: 'CVE-2026-1001', severity: 'CRITICAL', package: 'Jinja2', fixedIn: '3.0.2' },
        { service: 'auth', id: 'CVE-2026-1002', severity: 'HIGH', package: 'PyYAML', version: '5.1' },
      ],
    },
  });
  // Images without packages are scanned, too, and have no vulnerabilities.
  expect(refused.scan?.images.filter(({ open }) => open === 0)).toHaveLength(3);

  const proposed = refused.error?.message.split('\n').filter((line) => line.startsWith('  - {'));
  pipeline.repository.commit('main', { 'image-waivers.yaml': `waivers:\n${proposed?.join('\n')}\n` });
  expect(await release()).toMatchObject({ status: 'SUCCEEDED', scan: { verdict: 'passed', waived: [{}, {}] } });
});
