/** The client on the embedded registry. The same suite runs on docker-registry in test/real. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRegistry } from '../../../local/registry/start-registry';
import { describeImageRegistry } from '../../contracts/image-registry-contract';

describeImageRegistry('embedded registry', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'registry-'));
  const { host, close } = await startRegistry({ directory });
  return {
    host,
    base: `http://${host}`,
    stop: async () => {
      await close();
      rmSync(directory, { recursive: true });
    },
  };
});
