/** Whole runs on this machine whose images are scanned: stopped by the gate, let pass by a waiver, and without a scanner. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Vulnerability } from '../../../core/contract/scan/scan';
import { makeSmallPipeline, type SmallPipeline } from '../../support/pipeline/small-pipeline';
import { createFakeTrivy, type FakeTrivy } from '../../support/registry/fake-trivy';

const PATH = process.env.PATH ?? '';
const openssl: Vulnerability = {
  id: 'CVE-2026-1001',
  severity: 'CRITICAL',
  package: 'openssl',
  version: '3.0.1',
  fixedIn: '3.0.2',
};

let folder: string;
let trivy: FakeTrivy;
let pipeline: SmallPipeline;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'scan-'));
  trivy = createFakeTrivy(folder);
  process.env.PATH = `${folder}:${PATH}`;
  pipeline = await makeSmallPipeline({ scan: { from: 'trivy' } });
}, 60_000);

afterAll(() => {
  process.env.PATH = PATH;
  pipeline.remove();
  rmSync(folder, { recursive: true });
});

const release = () => pipeline.report('release', '--version', 'v1.4.0', '--ref', 'main');
const waive = (until: string) =>
  pipeline.repository.commit('main', {
    'image-waivers.yaml': `waivers: [{ id: CVE-2026-1001, reason: not reachable, until: ${until}, by: alice }]\n`,
  });
/** True once any image was copied to a release repository. */
const isReleased = () => existsSync(join(pipeline.home, 'registry', 'repositories', 'team'));

test('without a database nothing gets a version, and the error has the command that fetches it', async () => {
  trivy.fail('2026-11-30T08:00:00Z\tFATAL\tFatal error\tinit error: DB error: failed to download vulnerability DB');
  const report = await release();
  rmSync(join(folder, 'reports', 'fail'));

  expect(report).toMatchObject({ status: 'FAILED', error: { name: 'ScannerError' }, commit: null });
  expect(report.error?.message).toContain('trivy image --download-db-only');
  expect(report.tagged).toBeUndefined();
}, 60_000);

test('findings stop the run before any version, and the report has them all', async () => {
  trivy.setOthers([openssl]);
  const before = pipeline.read('chart/values.yaml');
  const report = await release();

  expect(report).toMatchObject({
    status: 'FAILED',
    error: { name: 'FindingsRefused' },
    commit: null,
    scan: { verdict: 'refused', from: 'trivy', severity: 'CRITICAL' },
  });
  expect(report.scan?.images).toHaveLength(4);
  expect(report.error?.message).toContain('4 findings of CRITICAL in 4 of 4 images; no version was given');
  expect(report.error?.message).toContain('auth: CVE-2026-1001 (CRITICAL) in openssl 3.0.1, fixed in 3.0.2');
  expect(pipeline.read('chart/values.yaml')).toBe(before);
  expect(isReleased()).toBe(false);
  const summary = readFileSync(report.summary ?? '', 'utf8');
  expect(summary).toContain('was stopped by findings in its images');
  expect(summary).toContain('| auth | 1 critical | 1 | 0 |');
  expect(readFileSync(report.page ?? '', 'utf8')).toContain('CVE-2026-1001 (CRITICAL) in openssl 3.0.1');
}, 60_000);

test('an expired waiver does not help, and the error says that it ended', async () => {
  waive('2020-01-01');
  const report = await release();
  expect(report.error?.message).toContain('the waiver for CVE-2026-1001 by alice ended on 2020-01-01');
}, 60_000);

test('a waiver at the released commit lets the run pass, which builds nothing again and tells what is waived', async () => {
  waive(new Date(Date.now() + 24 * 3600 * 1000).toISOString().slice(0, 10));
  const { stdout } = await pipeline.run('release', '--version', 'v1.4.0', '--ref', 'main');

  expect(stdout).toContain('built 0, retagged 4');
  expect(stdout).toContain('scan: nothing of CRITICAL in 4 images, 4 waived');
  expect(isReleased()).toBe(true);
  expect(pipeline.read('chart/values.yaml')).toContain('tag: &tag v1.4.0');
}, 60_000);

test('a rollback is not scanned', async () => {
  trivy.setOthers([openssl, { ...openssl, id: 'CVE-2026-9999' }]);
  const report = await pipeline.report('rollback', '--version', 'v1.4.0', '--ref', 'main');
  expect(report.error).toBeUndefined();
  expect(report.scan).toBeUndefined();
}, 60_000);
