/** The registry faults, with the embedded registry behind the proxy. On docker-registry: test/real. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRegistry } from '../../../local/registry/start-registry';
import { describeRegistryFaults } from '../../contracts/registry-fault-contract';

describeRegistryFaults('embedded registry', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'registry-faults-'));
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
