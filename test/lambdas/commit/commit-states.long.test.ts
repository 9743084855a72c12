/** A run whose commit goes by pull request, in the state machine as it is deployed, with all its steps. */
import { createGitHubPullRequests } from '../../../adapters/git/github/pull-requests';
import { objectKeys } from '../../../core/contract/keys';
import type { RunReport } from '../../../core/contract/report';
import { stateMachineDefinition, type Template } from '../../../local/runtime/definition';
import { statementsOf } from '../../lib/rights/role-statements';
import { synthesize } from '../../lib/synthesized';
import { type FakeGitHub, startFakeGitHub, TOKEN } from '../../support/git-hosts/fake-github';
import { type MemoryPipeline, openMemoryPipeline } from '../../support/pipeline/memory-pipeline';

const RULE = { branch: 'main', allow: ['release', 'rollback'] };
const PROPOSING = { branches: [{ ...RULE, pullRequest: { hours: 48 } }] };
const template = (settings: object) => synthesize({ settings }).toJSON() as Template;
const statesOf = (settings: object) => Object.keys(stateMachineDefinition(template(settings)).States as object);

describe('the states of a commit', () => {
  test('wait for a merge only if a branch rule has pull requests', () => {
    const added = statesOf(PROPOSING).filter((name) => !statesOf({}).includes(name));

    expect(added.sort()).toEqual(['Committed?', 'Look at the pull request', 'Wait for the merge']);
  });

  test('give the run the time to wait, and the commit function the right to remember', () => {
    const timeout = (settings: object) =>
      (stateMachineDefinition(template(settings)) as { TimeoutSeconds: number }).TimeoutSeconds;
    const rights = (settings: object) => JSON.stringify(statementsOf(template(settings) as never).Commit);

    expect(timeout(PROPOSING) - timeout({})).toBe(48 * 3600);
    expect(rights(PROPOSING)).toContain('/runs/*/proposal.json');
    expect(rights({})).not.toContain('proposal');
  });
});

describe('a run by pull request', () => {
  let github: FakeGitHub;
  let pipeline: MemoryPipeline;

  beforeEach(async () => {
    const git = { host: 'github', repository: 'cloud-tuner/optscale' };
    const settings = { git, valuesFile: 'chart/values.yaml', ...PROPOSING };
    pipeline = await openMemoryPipeline(settings, {}, async (repository) => {
      github = await startFakeGitHub(repository);
      const clock = { now: () => Date.now(), sleep: async () => undefined };
      const options = { repository: 'cloud-tuner/optscale', apiUrl: github.apiUrl, token: async () => TOKEN, clock };
      return createGitHubPullRequests(options);
    });
  });
  afterEach(async () => {
    await github.stop();
    pipeline.remove();
  });

  const release = (version: string, options = {}) =>
    pipeline.run(`release-${version}`, { action: 'release', ref: 'main', version, startedBy: 'alice' }, options);
  const reportOf = (version: string) => pipeline.stored<RunReport>(objectKeys.report(`release-${version}`));

  test('waits until it is merged, and reports the commit of the merge with its pull request', async () => {
    github.pullRequests.rules.needsReview = true;
    let looks = 0;
    pipeline.onStep = ({ state, when }) => {
      if (state !== 'Look at the pull request' || when === 'after') return;
      looks += 1;
      if (looks === 3) github.pullRequests.approve(2);
    };
    const { result } = await release('v1.5.0');

    const head = pipeline.repository.git('rev-parse', 'main');
    expect(result.status).toBe('SUCCEEDED');
    expect(looks).toBe(3);
    expect(await reportOf('v1.5.0')).toMatchObject({ status: 'SUCCEEDED', commit: head, pull: { number: 2 } });
    expect(pipeline.read('chart/version-lock.yaml')).toContain('v1.5.0');
    expect(github.pullRequests.find(2)?.body).toMatch(/\| v1\.4\.0 \| v1\.5\.0 \| sha256:.*\| retag \|/);
  });

  test('fails as not merged if a person closes it, and a redrive goes on with another one', async () => {
    github.pullRequests.rules.needsReview = true;
    pipeline.onStep = ({ state, when }) => {
      if (state === 'Look at the pull request' && when === 'before') github.pullRequests.close(2);
    };
    const { result } = await release('v1.5.0');

    expect(result).toMatchObject({ status: 'FAILED', error: 'NotMerged' });
    expect(await reportOf('v1.5.0')).toMatchObject({ status: 'FAILED', commit: null, pull: { number: 2 } });
    pipeline.onStep = ({ state, when }) => {
      if (state === 'Look at the pull request' && when === 'before') github.pullRequests.approve(3);
    };
    expect((await release('v1.5.0', { redrive: 'again' })).result.status).toBe('SUCCEEDED');
    expect(github.pullRequests.all.map(({ state }) => state)).toEqual(['merged', 'closed', 'merged']);
  });
});
