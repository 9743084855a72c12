/** Asks a git host and a registry as a function does, in a process of its own, which reads its authorities when it starts. */
import { systemClock } from '../../../adapters/clock';
import { createGiteaHost } from '../../../adapters/git/gitea/git-host';
import { createGiteaStatuses } from '../../../adapters/git/gitea/status-and-comment';
import { createOciRegistry } from '../../../adapters/registry/oci-registry';
import { GITEA_REPOSITORY, GITEA_TOKEN } from '../../support/git-hosts/fake-gitea';

const [, , git = '', registryHost = ''] = process.argv;
const options = {
  repository: GITEA_REPOSITORY,
  apiUrl: `https://${git}/api/v1`,
  token: async () => GITEA_TOKEN,
  clock: systemClock,
};
const retry = { tries: 1, firstWait: 1, longestWait: 1 };

async function ask() {
  const host = createGiteaHost(options);
  const head = (await host.head('main')) ?? '';
  const files = await host.readFiles(head, ['README.md']);
  const statuses = createGiteaStatuses(options);
  await statuses.setStatus({ commit: head, run: 'run-1', state: 'success', description: 'released' });
  const registry = createOciRegistry({
    credentials: async () => undefined,
    clock: systemClock,
    allowLoopback: true,
    retry,
  });
  return {
    head,
    readme: files.get('README.md'),
    digest: await registry.head({ host: registryHost, repository: 'team/image' }, 'v1'),
  };
}

ask().then(
  (found) => process.stdout.write(JSON.stringify(found)),
  (error: Error) => process.stdout.write(JSON.stringify({ error: error.message })),
);
