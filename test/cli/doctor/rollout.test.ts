import { checkRollouts, type RolloutCheck } from '../../../cli/doctor/rollout';
import { parseCatalog } from '../../../core/catalog/parse-catalog';
import { ERROR_NAMES, PipelineError } from '../../../core/contract/errors';
import { parseSettings } from '../../../core/settings/parse-settings';
import { meta, snapshot } from '../../support/cluster/objects';

const settings = parseSettings({
  git: { host: 'github', repository: 'team/monorepo' },
  environments: [
    {
      name: 'staging',
      values: 'chart/values.yaml',
      deploy: { with: 'command', script: 'deploy.sh', cluster: 'main', namespace: 'shop' },
      verify: { login: { script: 'smoke.sh', minutes: 1 } },
      watch: { hours: 1, alarms: ['errors', 'latency'] },
    },
  ],
  branches: [{ branch: 'main', allow: ['release'] }],
  releases: { host: 'registry.example', namespace: 'team' },
  candidates: { host: 'registry.example', repository: 'candidates' },
});

const pod = (image: string) => ({
  metadata: meta(image),
  spec: { containers: [{ name: 'app', image }] },
  status: { phase: 'Running' },
});

function check(part: Partial<RolloutCheck> = {}, image = 'registry.example/team/auth:v1.0.0') {
  return checkRollouts({
    settings,
    catalog: parseCatalog('platform: v1.4.0\nservices:\n  auth: auth\n'),
    openCluster: async () => ({
      snapshot: async () => snapshot({ namespace: 'shop', pods: [pod(image)] as never }),
      deliveries: async () => ({ namespace: 'x', applications: [], kustomizations: [], helmReleases: [] }),
    }),
    alarms: {
      states: async () =>
        new Map([
          ['errors', 'OK'],
          ['latency', 'OK'],
        ]),
    },
    valuesGit: {
      head: async () => 'c'.repeat(40),
      readFiles: async (_, paths) => new Map(paths.map((path) => [path, ''])),
    },
    ...part,
  });
}

describe('doctor on rollouts', () => {
  test('finds no problem if cluster, alarms and scripts exist', async () => {
    expect((await check()).map(({ state }) => state)).toEqual(['ok', 'ok', 'ok']);
  });

  test('reports a cluster that does not answer, with the command that checks it', async () => {
    const openCluster = () =>
      Promise.reject(new PipelineError(ERROR_NAMES.cluster, 'EKS cluster main cannot be described'));

    expect((await check({ openCluster }))[0]).toMatchObject({
      check: 'cluster of staging',
      state: 'problem',
      fix: 'aws eks describe-cluster --name main',
    });
  });

  test('reports a namespace that runs none of the images', async () => {
    const [finding] = await check({}, 'docker.io/library/redis:7');

    expect(finding).toMatchObject({
      state: 'problem',
      text: expect.stringContaining('namespace shop of main runs none of the 1 images'),
    });
  });

  test('reports missing alarms and scripts by their names', async () => {
    const findings = await check({
      alarms: { states: async () => new Map([['errors', 'OK']]) },
      valuesGit: { head: async () => 'c'.repeat(40), readFiles: async () => new Map([['deploy.sh', '']]) },
    });

    expect(findings.slice(1).map(({ state, text }) => `${state}: ${text}`)).toEqual([
      'problem: CloudWatch has no alarm latency',
      'problem: main has no smoke.sh (environments.staging.verify.login.script)',
    ]);
  });
});
