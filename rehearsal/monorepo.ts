/** The monorepo of a rehearsal, small enough for CI: two stages, a shared folder, three environments. */
import type { TestEntry } from './product';

/** The name of the stack. */
export const STACK = 'ImagePipeline';
export const NAMESPACE = 'team';
export const CANDIDATES = 'candidates';
/** The account whose clusters pull released images. */
export const CLUSTER_ACCOUNT = '444455556666';

export const CATALOG = `platform: v1.4.0
stages:
  - { name: base }
  - { name: apps, needs: [base] }
services:
  etcd: { path: etcd, stage: base }
  auth: { path: auth, stage: apps }
  restapi: { path: rest_api, stage: apps }
  ngui: { path: ngui, stage: apps }
`;

/** The names of the services and of their images. */
export const SERVICES = ['etcd', 'auth', 'restapi', 'ngui'] as const;

/** Values files by environment, in the order of promotion. */
export const VALUES_FILES = {
  dev: 'chart/values-dev.yaml',
  canary: 'chart/values-canary.yaml',
  staging: 'chart/values-staging.yaml',
  production: 'chart/values.yaml',
} as const;

const DEV = { name: 'dev', values: VALUES_FILES.dev };
const LATER = [
  { name: 'staging', values: VALUES_FILES.staging },
  { name: 'production', values: VALUES_FILES.production, approval: { hours: 1 } },
];
const BRANCHES = [
  { branch: 'main', allow: ['release', 'build', 'promote', 'rollback'], environment: 'staging' },
  { branch: 'develop', allow: ['push', 'build'], version: '{version}-dev', environment: 'dev' },
  { branch: 'live', allow: ['build'], environment: 'production' },
  { branch: 'hotfix/*', allow: ['build'], environment: 'staging' },
];

/** Returns the settings of the app. `apiUrl` is the address of the git host, `more` adds or replaces settings. */
export function settings(apiUrl: string, more: object = {}): object {
  return {
    stack: STACK,
    git: { host: 'github', repository: 'cloud-tuner/optscale', repositoryId: 123456, apiUrl },
    environments: [DEV, ...LATER],
    branches: BRANCHES,
    releases: { host: 'ecr', namespace: NAMESPACE, pullAccounts: [CLUSTER_ACCOUNT] },
    candidates: { host: 'ecr', repository: CANDIDATES },
    pullRequests: { comment: true },
    ...more,
  };
}

/** The alarm of the canary's watch, and the secret with the token of its health page. */
export const CANARY = { alarm: 'canary-errors', secret: 'canary/token' } as const;

/**
 * Returns the same settings with the environment `canary`, which has a whole rollout: checks, a watch of two seconds, rollback and promotion.
 * They add release tags, a chat, and a stop after the first failed job.
 */
export function rolloutSettings(apiUrl: string, healthUrl: string): object {
  const authorization = { fromSecret: CANARY.secret, prefix: 'Bearer ' };
  const expect = { json: { status: 'up' } };
  const canary = {
    name: 'canary',
    values: VALUES_FILES.canary,
    verify: {
      health: { url: healthUrl, headers: { authorization }, seconds: 5, retries: 1, expect },
      smoke: { script: 'checks/smoke.sh', minutes: 1, retries: 0 },
    },
    watch: { minutes: 1 / 30, every: 1 / 60, alarms: [CANARY.alarm] },
    onFailure: 'rollback',
    then: 'staging',
  };
  return settings(apiUrl, {
    environments: [DEV, canary, ...LATER],
    branches: [...BRANCHES, { branch: 'canary', allow: ['release', 'rollback'], environment: 'canary' }],
    releaseTag: { pattern: '{version}', environment: 'canary' },
    notices: { chats: ['slack'] },
    stopAtFirstFailure: true,
  });
}

/** The files of the first commit. */
export const FILES: Readonly<Record<string, TestEntry>> = {
  'pipeline.yaml': CATALOG,
  'chart/Chart.yaml': 'name: chart\nversion: 0.1.0\n',
  ...Object.fromEntries(Object.values(VALUES_FILES).map((path) => [path, values()])),
  'tools/shared.py': 'shared = 1\n',
  // A release with `broken` in its version fails this check.
  'checks/smoke.sh': `test "$ENVIRONMENT" = canary && ! grep --quiet broken ${VALUES_FILES.canary}\n`,
  ...serviceFiles('etcd', 'etcd', 'conf', 'a=1\n'),
  ...serviceFiles('auth', 'auth', 'main.py', 'print(1)\n', 'COPY tools /tools\n'),
  ...serviceFiles('restapi', 'rest_api', 'main.py', 'print(2)\n', 'COPY tools /tools\n'),
  ...serviceFiles('ngui', 'ngui', 'index.html', '<html></html>\n'),
};

/** A catalog with one more stage and one more service, and the files of that service. */
export const MORE_STAGES = {
  catalog: CATALOG.replace('services:', '  - { name: late, needs: [apps] }\nservices:').concat(
    '  bumblebi: { path: bumblebi, stage: late }\n',
  ),
  files: serviceFiles('bumblebi', 'bumblebi', 'main.py', 'print(3)\n'),
} as const;

function serviceFiles(service: string, folder: string, file: string, content: string, more = '') {
  const dockerfile = `FROM scratch\n${more}COPY ${folder}/${file} /${service}/\n`;
  return { [`${folder}/Dockerfile`]: dockerfile, [`${folder}/${file}`]: content };
}

function values(): string {
  const tags = SERVICES.map((service) => `${service}: { image: { tag: *tag } }\n`);
  return `tag: &tag v1.3.0\n${tags.join('')}`;
}
