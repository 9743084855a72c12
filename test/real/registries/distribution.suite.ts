/** The client on Distribution 3, the successor of Debian's docker-registry 2.8. */
import { describeImageRegistry } from '../../contracts/image-registry-contract';
import { startDockerRegistry } from '../../support/registry/docker-registry';
import { moduleProgram } from '../programs/module-program';

const DISTRIBUTION = {
  name: 'registry',
  module: 'github.com/distribution/distribution/v3@v3.1.2',
  package: './cmd/registry',
};

let program: Promise<string>;
beforeAll(() => {
  program = moduleProgram(DISTRIBUTION);
  return program;
}, 1_800_000);

describeImageRegistry('Distribution 3.1', async () => {
  const { host, stop } = await startDockerRegistry({ program: await program });
  return { host, base: `http://${host}`, stop };
});
