/** The client on Debian's docker-registry: directly, behind a token service, and behind a proxy that passes everything through. */
import { describeImageRegistry } from '../../contracts/image-registry-contract';
import { startFaultProxy } from '../../support/http/fault-proxy';
import { startDockerRegistry } from '../../support/registry/docker-registry';
import { startTokenService } from '../../support/registry/token-service';

describeImageRegistry('docker-registry', async () => {
  const { host, stop } = await startDockerRegistry();
  return { host, base: `http://${host}`, stop };
});

describeImageRegistry('docker-registry behind a token service', async () => {
  const registry = await startDockerRegistry();
  const login = { username: 'releaser', password: 'swordfish' };
  const base = `http://${registry.host}`;
  const service = await startTokenService(base, { ...login, anonymous: false });
  return {
    host: service.host,
    base,
    credentials: login,
    stop: async () => {
      await service.close();
      await registry.stop();
    },
  };
});

describeImageRegistry('docker-registry behind a proxy in pass-through', async () => {
  const registry = await startDockerRegistry();
  const proxy = await startFaultProxy(`http://${registry.host}`);
  return {
    host: proxy.host,
    base: `http://${registry.host}`,
    stop: async () => {
      await proxy.close();
      await registry.stop();
    },
  };
});
