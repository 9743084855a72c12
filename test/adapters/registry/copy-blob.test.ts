/** Layers from one embedded registry to another. On docker-registry: test/real. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { diskLayout } from '../../../local/registry/disk-layout';
import { startRegistry } from '../../../local/registry/start-registry';
import { describeBlobCopies } from '../../contracts/copy-blob-contract';

describeBlobCopies('embedded registry', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'copy-'));
  const { host, close } = await startRegistry({ directory });
  const { uploads } = diskLayout(directory);
  return {
    host,
    keepsBrokenUploads: true,
    uploads: () =>
      readdirSync(directory).includes('uploads') ? readdirSync(uploads).map((name) => join(uploads, name)) : [],
    stop: async () => {
      await close();
      rmSync(directory, { recursive: true });
    },
  };
});
