/** Layers from one docker-registry to another. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describeBlobCopies } from '../../contracts/copy-blob-contract';
import { startDockerRegistry } from '../../support/registry/docker-registry';

describeBlobCopies('docker-registry', async () => {
  const { host, data, stop } = await startDockerRegistry();
  const files = () => (existsSync(data) ? readdirSync(data, { recursive: true, encoding: 'utf8' }) : []);
  return {
    host,
    keepsBrokenUploads: false,
    uploads: () =>
      files()
        .filter((file) => /_uploads\/[^/]+\/data$/.test(file))
        .map((file) => join(data, file)),
    stop,
  };
});
