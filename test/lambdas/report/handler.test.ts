/** The handler of the report step, once: the real SDK client over HTTP, one line about the step, one of metrics. */
import { LAMBDA_ENV } from '../../../lambdas/shared/environment';
import { type LoopbackServer, startServer } from '../../support/http/listen';
import { plannedService, planOf } from '../../support/pipeline/runs';

const ARN = 'arn:aws:states:eu-central-1:111122223333:execution:Pipeline-x1:run-1';
/** Without a commit, so that no status is written. */
const PLAN = { ...planOf([plannedService('auth', 'build'), plannedService('etcd', 'keep')]), commit: undefined };

let server: LoopbackServer;
let before: NodeJS.ProcessEnv;
let written: string[];
let lines: string[];

beforeAll(async () => {
  written = [];
  lines = [];
  server = await startServer((request, response) => {
    const key = new URL(request.url ?? '', 'http://s3').pathname;
    request.resume().on('end', () => {
      if (request.method === 'PUT') written.push(key);
      const stored = key.endsWith('/plan.json') ? PLAN : { services: [] };
      response.writeHead(200).end(request.method === 'GET' ? JSON.stringify(stored) : '');
    });
  });
  before = { ...process.env };
  Object.assign(process.env, {
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'a',
    AWS_SECRET_ACCESS_KEY: 'b',
    AWS_ENDPOINT_URL: server.url,
    [LAMBDA_ENV.settings]: JSON.stringify({
      git: { host: 'github', repository: 'team/monorepo' },
      releases: { host: 'registry.example', namespace: 'team' },
      candidates: { host: 'registry.example', repository: 'candidates' },
    }),
    [LAMBDA_ENV.bucket]: 'bucket',
    [LAMBDA_ENV.gitSecret]: 'git',
  });
  jest.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
});
afterAll(async () => {
  process.env = before;
  jest.restoreAllMocks();
  await server.stop();
});

test('stores the report, and logs the step and its metrics', async () => {
  const { handler } = await import('../../../lambdas/report/handler');
  const state = { builds: [{ service: 'auth', status: 'SUCCEEDED' }], dryRun: true };

  await handler({ run: 'run-1', execution: ARN, startedAt: new Date().toISOString(), state });

  expect(written.every((path) => /runs\/run-1\/(report\.json|summary\.md|run\.html)$/.test(path))).toBe(true);
  expect(written.length).toBeGreaterThan(0);
  const [step, metrics] = lines.map((line) => JSON.parse(line));
  expect(step).toMatchObject({ message: 'step done', step: 'report', run: 'run-1', status: 'SUCCEEDED' });
  expect(metrics).toMatchObject({ run: 'run-1', StateMachine: 'Pipeline-x1', Built: 1, Kept: 1 });
});
