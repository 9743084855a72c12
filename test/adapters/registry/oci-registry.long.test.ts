/** The client on the embedded registry, directly and with faults on the way. The same suites run on docker-registry in test/real. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRegistry } from '../../../local/registry/start-registry';
import { describeImageRegistry } from '../../contracts/image-registry-contract';
import { describeRegistryFaults } from '../../contracts/registry-fault-contract';

async function startEmpty() {
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
}

describeImageRegistry('embedded registry', startEmpty);
describeRegistryFaults('embedded registry', startEmpty);
