/** The environments of the demonstration: development is a values file only; staging and production are deployed to the embedded cluster. */
import type { GitHost } from '../../core/ports/git';
import type { SettingsInput } from '../../core/settings/schema';

/** The branch whose pushes go to staging. */
export const STAGING_BRANCH = 'staging';

const FILES = { staging: 'cloud-tuner-staging/values.yaml', production: 'cloud-tuner-production/values.yaml' } as const;

/** Minutes that the watch of staging takes: seconds are enough to see it. */
const WATCH_MINUTES = 0.05;

/** Returns the settings of all environments and branches. `cluster` is the address of the embedded cluster. */
export function sampleEnvironments(
  cluster: string,
  developmentValues: string,
): Pick<SettingsInput, 'environments' | 'branches'> {
  const deployed = (namespace: string) =>
    ({ with: 'argocd', application: `cloud-tuner-${namespace}`, cluster, namespace, minutes: 5 }) as const;
  const proxy = (service: string) => `${cluster}/api/v1/namespaces/staging/services/${service}/proxy/health`;
  return {
    environments: [
      { name: 'development', values: developmentValues },
      {
        name: 'staging',
        values: FILES.staging,
        deploy: deployed('staging'),
        verify: {
          'rest-api-health': { url: proxy('restapi'), seconds: 1, retries: 1, expect: { json: { status: 'up' } } },
          'auth-health': { url: proxy('auth'), seconds: 1, retries: 1, expect: { json: { status: 'up' } } },
        },
        watch: { minutes: WATCH_MINUTES, every: WATCH_MINUTES / 2 },
        onFailure: 'rollback',
        then: 'production',
      },
      { name: 'production', values: FILES.production, approval: { hours: 1 }, deploy: deployed('production') },
    ],
    branches: [
      { branch: 'main', allow: ['release', 'build', 'promote', 'rollback'] },
      { branch: 'develop', allow: ['push', 'build', 'promote', 'rollback'], version: '{version}-dev' },
      {
        branch: STAGING_BRANCH,
        allow: ['push', 'promote', 'rollback'],
        version: '{version}-rc',
        environment: 'staging',
      },
      { branch: 'feature/*', allow: ['push', 'build'], version: '{version}-{slug}' },
      { branch: 'hotfix/*', allow: ['build'] },
    ],
  };
}

/** Adds the values files of staging and production to a branch, as copies of the one for development. */
export async function addValuesFiles(git: GitHost, branch: string, developmentValues: string): Promise<void> {
  const head = await git.resolve(`refs/heads/${branch}`);
  const content = (await git.readFiles(head, [developmentValues])).get(developmentValues) ?? '';
  const files = Object.values(FILES).map((path) => ({ path, content }));
  await git.commit({ branch, parent: head, files, message: 'staging and production: values files of their own' });
}
