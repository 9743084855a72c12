/** The monorepo of a rehearsal: small enough for CI, with two stages, a shared module, and three environments. */
import type { AppFiles } from './deployment';
import type { TestEntry } from './product';

/** The name of the stack. */
export const STACK = 'ImagePipeline';
export const NAMESPACE = 'team';
export const CANDIDATES = 'candidates';

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

/** The names of the services, which are those of the images. */
export const SERVICES = ['etcd', 'auth', 'restapi', 'ngui'] as const;

/** Values files by environment, in the order of promotion. */
export const VALUES_FILES = {
  dev: 'chart/values-dev.yaml',
  staging: 'chart/values-staging.yaml',
  production: 'chart/values.yaml',
} as const;

/** Settings of the app; `apiUrl` is the git host. */
export function settings(apiUrl: string, more: object = {}): object {
  return {
    stack: STACK,
    git: { host: 'github', repository: 'cloud-tuner/optscale', repositoryId: 123456, apiUrl },
    environments: [
      { name: 'dev', values: VALUES_FILES.dev },
      { name: 'staging', values: VALUES_FILES.staging },
      { name: 'production', values: VALUES_FILES.production, approval: { hours: 1 } },
    ],
    branches: [
      { branch: 'main', allow: ['release', 'build', 'promote', 'rollback'], environment: 'staging' },
      { branch: 'develop', allow: ['push', 'build'], version: '{version}-dev', environment: 'dev' },
      { branch: 'live', allow: ['build'], environment: 'production' },
      { branch: 'hotfix/*', allow: ['build'], environment: 'staging' },
    ],
    releases: { host: 'ecr', namespace: NAMESPACE },
    candidates: { host: 'ecr', repository: CANDIDATES },
    pullRequests: { comment: true },
    ...more,
  };
}

/** The files of the first commit. */
export const FILES: Readonly<Record<string, TestEntry>> = {
  'pipeline.yaml': CATALOG,
  'chart/Chart.yaml': 'name: chart\nversion: 0.1.0\n',
  ...Object.fromEntries(Object.values(VALUES_FILES).map((path) => [path, values()])),
  'tools/shared.py': 'shared = 1\n',
  ...serviceFiles('etcd', 'etcd', 'conf', 'a=1\n'),
  ...serviceFiles('auth', 'auth', 'main.py', 'print(1)\n', 'COPY tools /tools\n'),
  ...serviceFiles('restapi', 'rest_api', 'main.py', 'print(2)\n', 'COPY tools /tools\n'),
  ...serviceFiles('ngui', 'ngui', 'index.html', '<html></html>\n'),
};

/** The app as it is deployed at first. */
export function firstApp(apiUrl: string): AppFiles {
  return { settings: settings(apiUrl), catalog: CATALOG };
}

/** The app with one stage and one service more, and the files that the service needs. */
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
