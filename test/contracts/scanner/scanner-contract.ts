/** The contract of every implementation of `ImageScanner`. */
import type { ImageScan, Vulnerability } from '../../../core/contract/scan/scan';
import type { RepositoryName } from '../../../core/ports/registry';
import type { ImageScanner } from '../../../core/ports/scanner';

/** A scanner and the registry that it scans. */
export interface ScannerWorld {
  readonly scanner: ImageScanner;
  readonly name: RepositoryName;
  /** Puts an image with these vulnerabilities into the repository, and returns its digest. */
  put(vulnerabilities: readonly Vulnerability[]): Promise<string>;
  /** Lets scans end that are under way. */
  finish(): void;
  /** False if the scanner tells no fixed versions. */
  readonly tellsFixes: boolean;
}

const FOUND: readonly Vulnerability[] = [
  { id: 'CVE-2026-1001', severity: 'CRITICAL', package: 'openssl', version: '3.0.1-r0', fixedIn: '3.0.2-r0' },
  { id: 'CVE-2026-1002', severity: 'HIGH', package: 'zlib', version: '1.2.11-r3' },
  { id: 'CVE-2026-1003', severity: 'LOW', package: 'busybox', version: '1.36.1-r0' },
  { id: 'CVE-2026-1004', severity: 'UNKNOWN', package: 'musl', version: '1.2.4-r0' },
];

/** Runs the suite on the world that `make` gives; each test gets a new one. */
export function scannerContract(make: () => Promise<ScannerWorld>): void {
  /** Asks until the scan has ended, as the scan step does. */
  async function scanned({ scanner, name, finish }: ScannerWorld, digest: string): Promise<ImageScan> {
    const first = await scanner.scan(name, digest);
    if (first.kind !== 'pending') return first;
    finish();
    return scanner.scan(name, digest);
  }

  test('an image without vulnerabilities is scanned, and has none', async () => {
    const world = await make();
    expect(await scanned(world, await world.put([]))).toEqual({ kind: 'scanned', vulnerabilities: [] });
  });

  test('each vulnerability has its id, severity, package and version, and its fix if the scanner tells one', async () => {
    const world = await make();
    const told = world.tellsFixes ? FOUND : FOUND.map(({ fixedIn: _, ...each }) => each);

    expect(await scanned(world, await world.put(FOUND))).toEqual({ kind: 'scanned', vulnerabilities: told });
  });

  test('asking again gives the same answer', async () => {
    const world = await make();
    const digest = await world.put(FOUND);
    const first = await scanned(world, digest);

    expect(await world.scanner.scan(world.name, digest)).toEqual(first);
  });

  test('all of many findings are told', async () => {
    const world = await make();
    const many = Array.from(
      { length: 250 },
      (_, index): Vulnerability => ({
        id: `CVE-2026-${2000 + index}`,
        severity: 'MEDIUM',
        package: `package-${index}`,
        version: '1.0',
      }),
    );
    const scan = await scanned(world, await world.put(many));

    expect(scan.kind === 'scanned' && scan.vulnerabilities.map(({ id }) => id)).toEqual(many.map(({ id }) => id));
  });

  test('two images are told apart', async () => {
    const world = await make();
    const [bad, good] = [await world.put(FOUND), await world.put([])];
    await scanned(world, bad);

    expect(await scanned(world, good)).toEqual({ kind: 'scanned', vulnerabilities: [] });
  });

  test('of an image that the registry does not have, nothing is known', async () => {
    const world = await make();
    await world.put([]);

    const scan = await world.scanner.scan(world.name, `sha256:${'0'.repeat(64)}`);
    expect(scan).toEqual({ kind: 'failed', why: expect.stringMatching(/\w/) });
  });
}
