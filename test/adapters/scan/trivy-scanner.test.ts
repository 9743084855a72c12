/** Trivy as a program: the scanner contract, and its errors. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTrivyReport } from '../../../adapters/scan/trivy-report';
import { createTrivyScanner } from '../../../adapters/scan/trivy-scanner';
import { readTrivyState } from '../../../adapters/scan/trivy-state';
import { scannerContract } from '../../contracts/scanner/scanner-contract';
import { createFakeTrivy, type FakeTrivy } from '../../support/registry/fake-trivy';

const name = { host: '127.0.0.1:5000', repository: 'shop/auth' };
const digest = `sha256:${'a'.repeat(64)}`;
let folder: string;
let trivy: FakeTrivy;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fake-trivy-'));
  trivy = createFakeTrivy(folder);
});
afterEach(() => rmSync(folder, { recursive: true }));

const scannerOf = (program = trivy.program) => createTrivyScanner({ program, plainHttp: [], minutes: 5 });

scannerContract(async () => {
  let count = 0;
  return {
    scanner: scannerOf(),
    name,
    put: async (vulnerabilities) => {
      count += 1;
      const put = `sha256:${String(count).repeat(64)}`;
      trivy.set(put, vulnerabilities);
      return put;
    },
    finish: () => undefined,
    tellsFixes: true,
  };
});

test.each([
  [
    'init error: DB error: failed to download vulnerability DB: OCI artifact error: GET https://ghcr.io/v2/: no such host',
  ],
  ['run error: init error: DB error: --skip-db-update cannot be specified on the first run'],
  ['run error: image scan error: scan error: Java DB update failed: database download error'],
])('a scanner without a database is a fault of the scanner, with the command that fetches one (%s)', async (text) => {
  trivy.fail(`2026-11-30T08:00:00Z\tFATAL\tFatal error\t${text}`);

  const error = await scannerOf()
    .scan(name, digest)
    .catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: 'ScannerError', message: expect.stringContaining(text) });
  expect((error as Error).message).toMatch(/no version was given.*trivy image --download-db-only/s);
});

test('a scanner that is not installed is a fault of the scanner, and says where it comes from', async () => {
  const missing = join(folder, 'nowhere', 'trivy');
  await expect(scannerOf(missing).scan(name, digest)).rejects.toThrow(/cannot be started \(ENOENT\); install Trivy/);
});

test('any other error is about the one image, in Trivy’s words and without a login', async () => {
  trivy.fail('2026-11-30T08:00:00Z\tFATAL\tFatal error\timage scan error: GET https://me:secret@registry/v2/: 401');

  const scan = await scannerOf().scan(name, digest);
  expect(scan).toEqual({
    kind: 'failed',
    why: 'Trivy: image scan error: GET https://***@registry/v2/: 401',
  });
});

test('the state of Trivy is its version and its database, if it has one', async () => {
  expect(await readTrivyState(trivy.program)).toEqual({ version: '0.74.0', updatedAt: '2026-11-29T06:00:00Z' });
  trivy.setDatabase(undefined);
  expect(await readTrivyState(trivy.program)).toEqual({ version: '0.74.0' });
  expect(await readTrivyState(join(folder, 'nowhere'))).toBeUndefined();
  expect(await readTrivyState('/bin/true')).toBeUndefined();
});

test.each(['', 'not JSON', '[]', '{"SchemaVersion":1}', '{"Results":[]}'])('the text %j is no report', (text) => {
  expect(readTrivyReport(text)).toBeUndefined();
});

test('an image without packages has a report without results', () => {
  expect(readTrivyReport('{"SchemaVersion":2,"ArtifactName":"scratch"}')).toEqual([]);
});
