import { judgeRepositories } from '../../../core/doctor/judge-registry';
import { parseSettings } from '../../../core/settings/parse-settings';

const REGION = 'eu-central-1';

describe('release repositories', () => {
  const settings = parseSettings({
    git: { host: 'github', repository: 'team/monorepo' },
    releases: { host: 'ecr', namespace: 'shop', movableTags: ['latest'] },
    candidates: { host: 'ecr', repository: 'candidates' },
  });
  const repository = (name: string, mutability = 'IMMUTABLE_WITH_EXCLUSION', patterns = ['latest', 'in-*']) => ({
    name,
    mutability,
    patterns,
  });

  test('that are as the release step makes them, or not there yet, are right; others are nobody’s business', () => {
    const found = [repository('shop/auth'), repository('shopping/list', 'MUTABLE', []), repository('shop/etcd')];

    expect(judgeRepositories(settings, found, REGION)).toMatchObject({
      state: 'ok',
      text: '2 exist; versions are write-once in all of them',
    });
    expect(judgeRepositories(settings, [], REGION)).toMatchObject({ state: 'ok' });
  });

  test.each([
    ['MUTABLE', []],
    ['IMMUTABLE', []],
    ['IMMUTABLE_WITH_EXCLUSION', ['in-*']],
    ['IMMUTABLE_WITH_EXCLUSION', ['in-*', 'latest', 'v*']],
    ['MUTABLE_WITH_EXCLUSION', ['in-*', 'latest']],
  ])('with %s and the exceptions %j are to be fixed', (mutability, patterns) => {
    const found = [repository('shop/auth'), repository('shop/etcd', mutability, patterns)];

    expect(judgeRepositories(settings, found, REGION)).toEqual({
      check: 'release repositories',
      state: 'problem',
      text: 'shop/etcd: the movable tags differ from releases.movableTags in the settings',
      fix: "aws ecr put-image-tag-mutability --repository-name shop/etcd --image-tag-mutability IMMUTABLE_WITH_EXCLUSION --image-tag-mutability-exclusion-filters filterType=WILDCARD,filter='in-*' filterType=WILDCARD,filter='latest' --region eu-central-1",
    });
  });

  test('that are many are not all named', () => {
    const found = Array.from({ length: 9 }, (_, index) => repository(`shop/${index}`, 'MUTABLE', []));

    expect(judgeRepositories(settings, found, REGION).text).toMatch(/^shop\/0, .*shop\/4 and 4 more: /);
  });
});
