/** The registry faults, with Debian's docker-registry behind the proxy. */
import { describeRegistryFaults } from '../../contracts/registry-fault-contract';
import { startDockerRegistry } from '../../support/registry/docker-registry';

describeRegistryFaults('docker-registry', async () => {
  const { host, stop } = await startDockerRegistry();
  return { host, base: `http://${host}`, stop };
});
