/** What the local CodeBuild does with requests, tokens, logs and failures. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readJobTimes } from '../../../core/estimate/job-times';
import { build, failureOf, fixture, leftBy, openCodeBuild, requestOf, useCodeBuild } from './code-build-fixture';

useCodeBuild();

describe('the local CodeBuild', () => {
  test('writes a log per run and service, and links to it', async () => {
    const reply = (await build('auth')) as { Build: { Logs: { DeepLink: string } } };

    const file = fileURLToPath(reply.Build.Logs.DeepLink);
    expect(file).toBe(join(fixture().folder, 'logs/run-1/auth.log'));
    expect(readFileSync(file, 'utf8')).toContain('no instruction of the Dockerfile was run');
  });

  test('tells the times and the machine of a build, as the next step reads them', async () => {
    const before = Date.now();
    const times = readJobTimes(await build('auth'));

    expect(times).toMatchObject({
      machine: 'x86_64 medium',
      parts: { queue: expect.any(Number), build: expect.any(Number) },
    });
    expect(times?.submittedAt).toBeGreaterThanOrEqual(before);
    expect(times?.endedAt).toBeLessThanOrEqual(Date.now());
  });

  test('keeps logs below their folder for any name of a service', async () => {
    const { outcome } = await failureOf(build('../../x', {}, { run: '..' }));
    expect(fileURLToPath(outcome.logs ?? '')).toBe(join(fixture().folder, 'logs/%2E.', '%2E.%2F..%2Fx.log'));
  });

  test('fails only the build that is meant to fail', async () => {
    const refuse = new Set(['auth']);
    const { error, outcome } = await failureOf(build('auth', { refuse }));

    expect(error.name).toBe('States.TaskFailed');
    expect(outcome).toEqual({
      service: 'auth',
      status: 'FAILED',
      logs: expect.stringMatching(/^file:.*auth\.log$/),
      cause: 'the build of auth was asked to fail, to rehearse a failure',
    });
    await expect(build('chat', { refuse })).resolves.toBeDefined();
  });

  test('treats the same token twice as one build', async () => {
    const started: string[] = [];
    const codeBuild = openCodeBuild({ onStart: (service) => started.push(service) });

    const replies = await Promise.all([
      codeBuild.startBuild(requestOf('auth')),
      codeBuild.startBuild(requestOf('auth')),
    ]);
    await codeBuild.close();

    expect(started).toEqual(['auth']);
    expect(replies[0]).toEqual(replies[1]);
  });

  test('refuses a token that was used for another build', async () => {
    const codeBuild = openCodeBuild();
    await codeBuild.startBuild(requestOf('auth', { token: 'same' }));

    const { error } = await failureOf(codeBuild.startBuild(requestOf('chat', { token: 'same' })));
    await codeBuild.close();

    expect(error.name).toBe('CodeBuild.InvalidInputException');
  });

  test('reports start and end of a build', async () => {
    const told: unknown[] = [];
    const listen = {
      onStart: (service: string) => told.push(['start', service]),
      onEnd: (service: string, succeeded: boolean) => told.push(['end', service, succeeded]),
    };
    await build('auth', listen);
    await failureOf(build('chat', { ...listen, refuse: new Set(['chat']) }));

    expect(told).toEqual([
      ['start', 'auth'],
      ['end', 'auth', true],
      ['start', 'chat'],
      ['end', 'chat', false],
    ]);
  });

  test('stops waiting builds when it is closed', async () => {
    const codeBuild = openCodeBuild();
    const parameters = requestOf('auth');
    const failure = failureOf(codeBuild.startBuild(parameters));
    await codeBuild.close();

    expect((await failure).outcome.status).toBe('STOPPED');
  });

  test.each([1, 10, 30, 60])('leaves nothing when it is closed %d ms after a start', async (delay) => {
    const left = await leftBy(async () => {
      const codeBuild = openCodeBuild();
      const parameters = requestOf('auth');
      const ended = codeBuild.startBuild(parameters).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, delay));
      await codeBuild.close();
      await ended;
    });
    expect(left).toEqual([]);
  });
});
