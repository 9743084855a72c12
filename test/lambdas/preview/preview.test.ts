/** The preview step on a real repository: what merging would build, in one comment, and nothing written but the plan and its page. */
import { createLocalGitHost } from '../../../adapters/git/local/git-host';
import { createLocalTags } from '../../../adapters/git/local/tags';
import type { CommentWriter, PullComment } from '../../../core/ports/git';
import type { ObjectStore } from '../../../core/ports/store';
import { parseSettings } from '../../../core/settings/parse-settings';
import { previewStep } from '../../../lambdas/preview/preview';
import { createRepository, type TestRepository } from '../../support/git/git-repository';
import { createMemoryStore, createStillClock } from '../../support/pipeline/memory-state';
import { FILES } from '../../support/pipeline/small-pipeline';
import { createMemoryRegistry } from '../../support/registry/memory-registry';

const settings = parseSettings({
  git: { host: 'github', repository: 'team/monorepo' },
  valuesFile: 'chart/values.yaml',
  releases: { host: 'registry.example', namespace: 'team' },
  candidates: { host: 'registry.example', repository: 'candidates' },
  pullRequests: { comment: true },
});

let repository: TestRepository;
let written: PullComment[];
let stored: Map<string, string>;

beforeEach(() => {
  repository = createRepository();
  written = [];
  stored = new Map();
});
afterEach(() => repository.remove());

function preview(commit: string, putComment?: CommentWriter['putComment'], arn?: string) {
  const memory = createMemoryStore();
  const store: ObjectStore = {
    ...memory,
    put: (key, body) => {
      stored.set(key, body.toString());
      return memory.put(key, body);
    },
  };
  const comments: CommentWriter = {
    putComment:
      putComment ??
      (async (comment) => {
        written.push(comment);
        return 'written';
      }),
  };
  const git = createLocalGitHost(repository.path);
  const registry = createMemoryRegistry();
  const clock = createStillClock();
  const dependencies = {
    settings,
    stages: ['base', 'apps'],
    jobs: 'state' as const,
    git,
    valuesGit: git,
    tags: createLocalTags(repository.path, clock),
    registry,
    baseRegistry: registry,
    store,
    clock,
    comments,
    ...(arn === undefined ? {} : { arn }),
  };
  return previewStep({ number: 12, base: 'develop', commit }, dependencies);
}

describe('the preview step', () => {
  test('writes the builds of a merge, and stores only the plan and its page', async () => {
    const commit = repository.commit('feature', FILES);

    expect(await preview(commit)).toEqual({ comment: 'written' });
    expect(written).toMatchObject([{ pull: 12, commit }]);
    expect(written[0]?.body).toMatch(/Merging this into `develop` would build \d images/);
    expect(written[0]?.body).toMatch(
      /From the first start to the last end it is \d+ to \d+ min in 8 of 10 runs. .*: `[\w-]+`/,
    );
    expect(written[0]?.body.startsWith(written[0].marker)).toBe(true);
    expect([...stored.keys()]).toEqual([`previews/12-${commit}.json`, `previews/12-${commit}.html`]);
  });

  test('finds the whole commit for an abbreviated one', async () => {
    const commit = repository.commit('feature', FILES);

    expect(await preview(commit.slice(0, 12))).toEqual({ comment: 'written' });
    expect(written).toMatchObject([{ commit }]);
    expect([...stored.keys()]).toEqual([`previews/12-${commit}.json`, `previews/12-${commit}.html`]);
  });

  test('links to the page of the plan in AWS, and only there', async () => {
    const commit = repository.commit('feature', FILES);

    await preview(commit);
    expect(written[0]?.body).not.toContain('](http');
    await preview(commit, undefined, 'arn:aws:lambda:eu-west-1:123456789012:function:preview');
    expect(written[1]?.body).toContain(
      `(https://eu-west-1.console.aws.amazon.com/s3/object/memory?region=eu-west-1&prefix=previews%2F12-${commit}.html)`,
    );
    const page = stored.get(`previews/12-${commit}.html`);
    expect(page).toContain('<h1>pull request 12 into develop</h1>');
    expect(page).toContain('planned');
    expect(page).toMatch(/<th scope="row">auth<br/);
    expect(page).toContain('to build');
    expect(page).not.toContain('not done');
  });

  test('reports a broken catalog to the author', async () => {
    const commit = repository.commit('feature', { ...FILES, 'pipeline.yaml': 'services: 7\n' });

    expect(await preview(commit)).toEqual({ comment: 'written' });
    expect(written[0]?.body).toContain('could not be built');
    expect(written[0]?.body).toContain('services');
  });

  test('fails so that it is retried if the git host does not answer', async () => {
    const commit = repository.commit('feature', FILES);
    const refuse = () => Promise.reject(new Error('no answer'));

    await expect(preview(commit, refuse)).rejects.toThrow('no answer');
    expect(written).toEqual([]);
  });
});
