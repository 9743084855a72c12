/** What the statement of a release says. */
import { candidateTag, objectKeys } from '../../../core/contract/keys';
import { candidateStep } from '../../../lambdas/candidate/candidate';
import { releaseStep } from '../../../lambdas/release/release';
import { createStillClock } from '../../support/pipeline/memory-state';
import { releasePlan } from '../../support/pipeline/runs';
import { manifestOf } from '../../support/registry/memory-registry';
import { built, COMMIT, digestFor, HOST } from './release-world';
import { signingWorld } from './signing-world';

const released = { kind: 'released', reference: manifestOf('auth').digest } as const;
const unchanged = [{ kind: 'unchanged', text: 'no input changed since v1.3.0' }] as const;

test('of an image that the run built names inputs, recipe, commit and run', async () => {
  const one = signingWorld([built('auth', { bases: { nginx: `sha256:${'1'.repeat(64)}` } })]);
  await one.start();

  expect(await one.releases('auth')).toEqual([
    {
      service: 'auth',
      version: 'v1.4.0',
      environment: 'default',
      action: 'build',
      reasons: [{ kind: 'input-changed', text: 'auth/main.py was changed' }],
      inputDigest: digestFor('auth'),
      recipe: '3',
      source: COMMIT,
      builtBy: { run: 'run-1', commit: COMMIT },
      built: '2026-11-23',
      bases: { nginx: `sha256:${'1'.repeat(64)}` },
      run: { id: 'run-1', action: 'release', ref: 'main', commit: COMMIT },
    },
  ]);
});

test('of a kept image says why that is right, and which run built it at which commit', async () => {
  const one = signingWorld([built('auth', { action: 'retag', origin: released, reasons: unchanged })]);
  one.registry.seed(one.at('auth'), 'v1.3.0', 'auth');
  const earlier = { ...releasePlan('run-0', 'v1.3.0', []), commit: 'e'.repeat(40) };
  await one.store.put(objectKeys.plan('run-0'), JSON.stringify(earlier));
  const tag = candidateTag('auth', digestFor('auth'));
  one.registry.seed({ host: HOST, repository: 'candidates' }, tag, 'auth');
  const candidate = `${HOST}/candidates:${tag}`;
  // A manifest of the fake registry is no image, so that its parts cannot be kept.
  await candidateStep({ run: 'run-0', candidate }, { ...one, clock: createStillClock() }).catch(() => undefined);

  await one.start();

  expect(await one.releases('auth')).toMatchObject([
    {
      action: 'retag',
      reasons: unchanged,
      inputDigest: digestFor('auth'),
      source: COMMIT,
      builtBy: { run: 'run-0', commit: 'e'.repeat(40) },
      run: { id: 'run-1', commit: COMMIT },
    },
  ]);
});

test('of an image whose build no one recorded says nothing about it', async () => {
  const one = signingWorld([built('auth', { action: 'retag', origin: released, reasons: unchanged })]);
  one.registry.seed(one.at('auth'), 'v1.3.0', 'auth');
  await one.start();
  expect(await one.releases('auth')).toEqual([expect.not.objectContaining({ builtBy: expect.anything() })]);
});

test('of a promoted or stale image has the content that its record has, and no recipe', async () => {
  const made = { inputDigest: 'b'.repeat(40), source: 'd'.repeat(40) };
  const one = signingWorld([built('auth', { action: 'retag', origin: released, made })]);
  one.registry.seed(one.at('auth'), 'v1.3.0', 'auth');

  await one.start();

  const [release] = await one.releases('auth');
  expect(release).toMatchObject({ action: 'retag', ...made, run: { commit: COMMIT } });
  expect(release).not.toHaveProperty('recipe');
});

test('names who started and who approved the run, and nothing else that they wrote', async () => {
  const one = signingWorld([built('auth')]);
  await one.start('unused');
  const plan = { ...releasePlan('run-1', 'v1.4.0', [built('auth')]), startedBy: 'alice' };
  await one.store.put(objectKeys.plan('run-1'), JSON.stringify(plan));

  await releaseStep({ run: 'run-1', builds: [], approval: { by: 'bob', comment: 'secret' } }, one.dependencies);

  const found = (await one.releases('auth')).find((release) => release?.run.id === 'run-1');
  expect(found?.run).toMatchObject({ startedBy: 'alice', approvedBy: 'bob' });
  expect(JSON.stringify(found)).not.toContain('secret');
});
