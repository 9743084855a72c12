/** Deployments and checks that are commands, as the state machine starts them on one machine: the buildspec that CodeBuild runs. */
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { createLocalGitHost } from '../../../adapters/git/local/git-host';
import { COMMAND_ENV } from '../../../core/contract/job-environment';
import { createLocalCodeBuild } from '../../../local/build/local-code-build';
import { createRepository, type TestRepository } from '../../support/git/git-repository';

let repository: TestRepository;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'command-job-'));
  repository = createRepository();
  const commit = repository.commit('main', {
    'smoke/ok.sh': 'echo "$ENVIRONMENT at $RELEASE_COMMIT in $NAMESPACE: $SECRET_OF_USER"; test -f smoke/bad.sh\n',
    'smoke/bad.sh': { mode: '100755', content: '#!/bin/sh\necho "login answered 500"; exit 3\n' },
    'smoke/slow.sh': 'sleep 30\n',
  });
  mkdirSync(join(folder, 'source'));
  const archive = await createLocalGitHost(repository.path).archive(commit);
  await pipeline(archive, createWriteStream(join(folder, 'source', 'source.tar.gz')));
});

afterAll(() => {
  repository.remove();
  rmSync(folder, { recursive: true, force: true });
});

async function runScript(script: string, seconds = '20') {
  const codeBuild = createLocalCodeBuild({
    docker: undefined,
    logs: join(folder, 'logs'),
    toolFile: join(folder, 'tool.cjs'),
    catalogFile: 'pipeline.yaml',
    releases: 'registry.example/team',
    mirrors: {},
    refuse: new Set(),
  });
  const values: Record<string, string> = {
    run: 'run-1',
    name: 'smoke',
    seconds,
    environment: 'staging',
    commit: 'c'.repeat(40),
    script,
    cluster: '',
    namespace: 'shop',
    chart: '',
    release: '',
    values: 'chart/values.yaml',
  };
  const variables = Object.entries(COMMAND_ENV).map(([field, Name]) => ({
    Name,
    Value: values[field] ?? '',
    Type: 'PLAINTEXT',
  }));
  try {
    const reply = (await codeBuild.startBuild({
      ProjectName: 'commands',
      SourceTypeOverride: 'S3',
      SourceLocationOverride: `${join(folder, 'source')}/`,
      TimeoutInMinutesOverride: 5,
      IdempotencyToken: script,
      EnvironmentVariablesOverride: variables,
    })) as { readonly Build: { readonly Logs: { readonly DeepLink: string } } };
    return readFileSync(fileURLToPath(reply.Build.Logs.DeepLink), 'utf8');
  } finally {
    await codeBuild.close();
  }
}

test('a script runs at the released commit, with what the run knows and without the variables of this process', async () => {
  process.env.SECRET_OF_USER = 'hidden';
  const log = await runScript('smoke/ok.sh');
  delete process.env.SECRET_OF_USER;

  expect(log).toContain(`staging at ${'c'.repeat(40)} in shop: \n`);
  expect(log).not.toContain('hidden');
}, 60_000);

test('a script that fails is a failed job, with its last line', async () => {
  const failed = await runScript('smoke/bad.sh').then(String, (error: Error) => error);

  expect(failed).toMatchObject({ name: 'States.TaskFailed', message: expect.stringContaining('login answered 500') });
}, 60_000);

test('a script is ended at its bound', async () => {
  const startedAt = Date.now();
  const failed = await runScript('smoke/slow.sh', '1').then(String, (error: Error) => error);

  expect(failed).toMatchObject({ name: 'States.TaskFailed', message: expect.stringContaining('exit code 124') });
  expect(Date.now() - startedAt).toBeLessThan(25_000);
}, 60_000);

test('a script that is not at the commit fails the job', async () => {
  const failed = await runScript('smoke/none.sh').then(String, (error: Error) => error);

  expect(failed).toMatchObject({ name: 'States.TaskFailed' });
}, 60_000);
