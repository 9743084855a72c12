/** Findings of ECR: the scanner contract on basic and enhanced scans, and every status that ECR knows. */
import { createEcrScanner } from '../../../../adapters/registry/ecr/ecr-scanner';
import type { Vulnerability } from '../../../../core/contract/scan/scan';
import { scannerContract } from '../../../contracts/scanner/scanner-contract';
import { createFakeEcrScans } from '../../../support/registry/fake-ecr-scans';
import { ecrError } from '../../../support/registry/fake-registry-ecr';

const name = { host: '111122223333.dkr.ecr.eu-central-1.amazonaws.com', repository: 'shop/auth' };
const digest = `sha256:${'a'.repeat(64)}`;
const CRITICAL: Vulnerability = { id: 'CVE-2026-1001', severity: 'CRITICAL', package: 'openssl', version: '3.0.1' };
const HOUR = 3600 * 1000;

function world(kind: 'basic' | 'enhanced', scansOnPush = true, pageSize = 100) {
  const ecr = createFakeEcrScans(kind, scansOnPush, pageSize);
  const scanner = createEcrScanner({ clientOf: () => ecr.client, clock: { now: () => ecr.now } });
  return { ecr, scan: () => scanner.scan(name, digest), scanner };
}

describe.each(['basic', 'enhanced'] as const)('%s scans', (kind) => {
  scannerContract(async () => {
    const { ecr, scanner } = world(kind);
    let count = 0;
    return {
      scanner,
      name,
      put: async (vulnerabilities) => {
        count += 1;
        const pushed = `sha256:${String(count).padStart(64, '0')}`.replace(/^sha256:0/, 'sha256:f');
        ecr.push(name.repository, pushed, vulnerabilities);
        return pushed;
      },
      finish: ecr.finish,
      tellsFixes: kind === 'enhanced',
    };
  });
});

test('an image that was never scanned is scanned now, once', async () => {
  const { ecr, scan } = world('basic', false);
  ecr.push(name.repository, digest, [CRITICAL]);

  expect(await scan()).toEqual({ kind: 'pending', why: 'the scan was started' });
  expect(await scan()).toMatchObject({ kind: 'pending' });
  ecr.finish();
  expect(await scan()).toEqual({ kind: 'scanned', vulnerabilities: [CRITICAL] });
  expect(ecr.calls.filter((call) => call === 'StartImageScan')).toHaveLength(1);
});

test('a basic scan older than a day is made again, because it knows no newer vulnerability', async () => {
  const { ecr, scan } = world('basic');
  ecr.push(name.repository, digest, [CRITICAL]);
  ecr.finish();
  ecr.now += 23 * HOUR;
  expect(await scan()).toMatchObject({ kind: 'scanned' });

  ecr.now += 2 * HOUR;
  expect(await scan()).toMatchObject({ kind: 'pending' });
  ecr.finish();
  expect(await scan()).toMatchObject({ kind: 'scanned' });
});

test('if ECR makes no newer scan, the old one counts', async () => {
  const { ecr, scan } = world('basic');
  ecr.push(name.repository, digest, [CRITICAL]);
  ecr.finish();
  ecr.now += 48 * HOUR;
  ecr.failNext('StartImageScan', ecrError('LimitExceededException'));

  expect(await scan()).toEqual({ kind: 'scanned', vulnerabilities: [CRITICAL] });
});

test('an enhanced scan is never started by hand, and is waited for', async () => {
  const { ecr, scan } = world('enhanced');
  ecr.push(name.repository, digest, [CRITICAL]);
  ecr.failNext('DescribeImageScanFindings', ecrError('ScanNotFoundException'));

  expect(await scan()).toEqual({ kind: 'pending', why: expect.stringContaining('This feature is disabled') });
  ecr.setStatus(name.repository, digest, 'ACTIVE', 'Continuous scan is selected for image.');
  expect(await scan()).toMatchObject({ kind: 'pending' });
});

test.each([
  ['UNSUPPORTED_IMAGE', undefined, 'unsupported'],
  ['SCAN_ELIGIBILITY_EXPIRED', undefined, 'unsupported'],
  ['IMAGE_ARCHIVED', undefined, 'unsupported'],
  ['FAILED', "UnsupportedImageError: The operating system 'wolfi' is not supported.", 'unsupported'],
  ['FAILED', 'InternalError: try later', 'failed'],
  ['LIMIT_EXCEEDED', undefined, 'failed'],
  ['A_NEW_STATUS', undefined, 'failed'],
  ['IN_PROGRESS', undefined, 'pending'],
  ['PENDING', undefined, 'pending'],
  ['FINDINGS_UNAVAILABLE', undefined, 'pending'],
])('the status %s (%s) is %s, and never an image without findings', async (status, description, kind) => {
  const { ecr, scan } = world('basic');
  ecr.push(name.repository, digest, []);
  ecr.setStatus(name.repository, digest, status, description);

  expect(await scan()).toEqual({ kind, why: expect.stringContaining(status) });
});

test('a failed scan is made again once ECR allows it', async () => {
  const { ecr, scan } = world('basic');
  ecr.push(name.repository, digest, []);
  ecr.setStatus(name.repository, digest, 'FAILED', 'InternalError');
  ecr.now += 25 * HOUR;

  expect(await scan()).toMatchObject({ kind: 'pending' });
});

test.each(['DescribeImageScanFindings', 'StartImageScan'])('a fault of %s is a fault of the scanner', async (call) => {
  const { ecr, scan } = world('basic', false);
  ecr.push(name.repository, digest, []);
  ecr.failNext(call, ecrError('ServerException', 'an internal error'));

  await expect(scan()).rejects.toThrow(expect.objectContaining({ name: 'ScannerError' }));
  ecr.failNext(call, ecrError('AccessDeniedException', 'not authorized'));
  await expect(scan()).rejects.toThrow(/shop\/auth.*not authorized.*deploy the stack again/s);
});

test('findings that Inspector closed or suppressed do not count', async () => {
  const finding = (status: string) => ({
    status,
    severity: 'HIGH',
    packageVulnerabilityDetails: { vulnerabilityId: status },
  });
  const enhancedFindings = ['ACTIVE', 'CLOSED', 'SUPPRESSED'].map(finding);
  const page = { imageScanStatus: { status: 'ACTIVE' }, imageScanFindings: { enhancedFindings } };
  const scanner = createEcrScanner({ clientOf: () => ({ send: async () => page }) as never, clock: { now: () => 0 } });

  expect(await scanner.scan(name, digest)).toEqual({
    kind: 'scanned',
    vulnerabilities: [{ id: 'ACTIVE', severity: 'HIGH', package: '' }],
  });
});
