import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDiskClaims } from '../../../adapters/disk/disk-store';
import { claimsContract } from '../../contracts/claims-contract';
import { createMemoryClaims } from '../../support/pipeline/memory-state';

const folders: string[] = [];

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'claims-'));
  folders.push(folder);
  return folder;
}

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

describe('claims in memory', () => claimsContract(createMemoryClaims));

describe('claims on disk', () => {
  claimsContract(() => createDiskClaims(newFolder()));

  test('leave no temporary file behind', async () => {
    const folder = newFolder();
    const claims = createDiskClaims(folder);
    const claim = { image: 'a', version: 'v1.0.0', digest: 'sha256:x', run: 'r' };

    await Promise.all([claims.claim(claim), claims.claim(claim)]);

    expect(readdirSync(join(folder, 'a'))).toEqual(['v1.0.0.json']);
  });
});
