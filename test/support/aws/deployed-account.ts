/** A deployment with everything around it on loopback: account, git host, registry, settings on disk. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type FakeHooks,
  HOOKS_REPOSITORY,
  HOOKS_TOKEN,
  startFakeGitHubHooks,
  startFakeGitLabHooks,
} from '../git-hosts/fake-hooks';
import { type ScriptedHost, startScriptedHost } from '../http/scripted-host';
import { type FakeAwsAccount, startFakeAwsAccount } from './fake-aws-account';

export const WEBHOOK_URL = 'https://abc123.execute-api.eu-central-1.amazonaws.com/webhook';
export const WEBHOOK_SECRET = 'w3bh00k'.repeat(6);
const ARN = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret';
export const ARNS = {
  git: `${ARN}:Git-a`,
  webhook: `${ARN}:Webhook-b`,
  registry: `${ARN}:Registry-c`,
  reader: `${ARN}:GitReader-d`,
};

const CATALOG = `platform: v1.0.0
stages: [{ name: apps }]
services:
  auth: { stage: apps, minutes: 10 }
  restapi: { stage: apps, minutes: 10 }
`;

export interface DeployedAccount {
  readonly aws: FakeAwsAccount;
  readonly git: FakeHooks;
  readonly registry: ScriptedHost;
  /** Options that name the files: `--settings FILE --catalog FILE`. */
  readonly files: { readonly settings: string; readonly catalog: string };
  /** Deploys the stack, with all secrets put. */
  deploy(): void;
  stop(): Promise<void>;
}

/** Starts it, not yet deployed, and points the SDK to it by the environment. */
export async function startDeployedAccount(host: 'github' | 'gitlab' = 'github'): Promise<DeployedAccount> {
  const before = { ...process.env };
  const [aws, git, registry] = await Promise.all([
    startFakeAwsAccount(),
    host === 'github' ? startFakeGitHubHooks() : startFakeGitLabHooks(),
    startScriptedHost([
      ['GET /v2/', { body: {} }],
      [
        'HEAD /v2/ratelimitpreview/test/manifests/latest',
        { headers: { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '90;w=21600' } },
      ],
    ]),
  ]);
  const { GITHUB_TOKEN: _own, GH_TOKEN: _gh, GITLAB_TOKEN: _gitlab, ...env } = process.env;
  process.env = {
    ...env,
    AWS_ENDPOINT_URL: aws.url,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: 'eu-central-1',
  };
  const folder = mkdtempSync(join(tmpdir(), 'deployed-account-'));
  const files = { settings: join(folder, 'settings.json'), catalog: join(folder, 'pipeline.yaml') };
  const settings = {
    stack: 'ImagePipeline',
    git: { host, repository: HOOKS_REPOSITORY, apiUrl: git.apiUrl },
    releases: { host: registry.host, namespace: 'team' },
    candidates: { host: 'ecr', repository: 'candidates' },
  };
  writeFileSync(files.settings, JSON.stringify(settings));
  writeFileSync(files.catalog, CATALOG);
  aws.quotas = [
    { service: 'codebuild', code: 'L-2', name: 'Concurrently running builds for Linux/Medium environment', value: 60 },
    { service: 'ecr', code: 'L-3', name: 'Rate of PutImage requests', value: 10 },
    { service: 'lambda', code: 'L-4', name: 'Concurrent executions', value: 10 },
  ];
  return {
    aws,
    git,
    registry,
    files,
    deploy: () => {
      const outputs = {
        WebhookUrl: WEBHOOK_URL,
        GitSecretArn: ARNS.git,
        WebhookSecretArn: ARNS.webhook,
        RegistrySecretArn: ARNS.registry,
      };
      aws.stacks.set('CDKToolkit', { status: 'CREATE_COMPLETE', outputs: {} });
      aws.stacks.set('ImagePipeline', { status: 'CREATE_COMPLETE', outputs });
      aws.secrets.set(ARNS.git, HOOKS_TOKEN);
      aws.secrets.set(ARNS.webhook, WEBHOOK_SECRET);
      aws.secrets.set(ARNS.registry, '{"username":"team","password":"p4ssw0rd"}');
    },
    stop: async () => {
      process.env = before;
      rmSync(folder, { recursive: true });
      await Promise.all([aws.stop(), git.stop(), registry.stop()]);
    },
  };
}
