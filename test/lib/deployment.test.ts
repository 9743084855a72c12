/** Settings that cannot be deployed are refused at synth, all problems at once. */
import { InvalidInputError } from '../../core/contract/errors';
import { parseSettings } from '../../core/settings/parse-settings';
import { isEcr, parseEcrHost } from '../../core/settings/registry/names';
import type { SettingsInput } from '../../core/settings/schema';
import { deploymentOf, deployTarget } from '../../lib/deployment';
import { SETTINGS, synthesizedApp } from './synthesized';

const HOST = '111122223333.dkr.ecr.eu-central-1.amazonaws.com';

function problems(changes: Partial<SettingsInput>, images: readonly string[] = ['auth']): string[] {
  try {
    parseSettings({ ...SETTINGS, ...changes }, deploymentOf(images));
    return [];
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    expect(error.name).toBe('InvalidSettings');
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
}

describe('settings of a deployment', () => {
  test.each<[string, Partial<SettingsInput>]>([
    ['the own registry', {}],
    ['a named ECR registry', { releases: { host: HOST, namespace: 'a' }, candidates: { host: HOST, repository: 'c' } }],
    ['releases on another registry', { releases: { host: 'registry-1.docker.io', namespace: 'a' } }],
  ])('%s can be deployed', (_, changes) => {
    expect(problems(changes)).toEqual([]);
  });

  test('all problems are reported at once', () => {
    const found = problems({
      git: { host: 'local', path: '/srv/repository.git' },
      candidates: { host: 'localhost:5000', repository: 'candidates' },
    });
    expect(found).toEqual([
      expect.stringMatching(/^git\.host: is 'local'.*name a git host such as 'github'/),
      expect.stringMatching(/^candidates\.host: is 'localhost:5000'.*write 'ecr'/),
    ]);
  });

  test('two ECR registries are refused, because a deployment has one', () => {
    expect(problems({ releases: { host: HOST, namespace: 'a' } })).toEqual([
      expect.stringContaining(`releases.host: is '${HOST}' and candidates.host is 'ecr'`),
    ]);
  });

  test('a region that does not exist is refused', () => {
    const host = HOST.replace('eu-central-1', 'eu-middle-1');
    expect(problems({ releases: { host, namespace: 'a' }, candidates: { host, repository: 'c' } })).toEqual([
      expect.stringContaining("candidates.host: names the region 'eu-middle-1'"),
      expect.stringContaining("releases.host: names the region 'eu-middle-1'"),
    ]);
  });

  test('a fleet of another region than the registry is refused, because builds run beside it', () => {
    const fleets = ['eu-central-1', 'eu-west-1'].map((region, index) => ({
      arn: `arn:aws:codebuild:${region}:123456789012:fleet/images:${index}`,
      compute: index === 0 ? ('medium' as const) : ('large' as const),
    }));
    const named = { releases: { host: HOST, namespace: 'a' }, candidates: { host: HOST, repository: 'c' } };

    expect(problems({ ...named, fleets: fleets.slice(0, 1) })).toEqual([]);
    expect(problems({ ...named, fleets: fleets.slice(1) })).toEqual([
      'fleets.0.arn: is in eu-west-1, and the stack in eu-central-1; name a fleet of eu-central-1',
    ]);
    expect(problems({ fleets: fleets.slice(1) })).toEqual([]);
  });

  test('a signing key of one machine is refused, because a function has none', () => {
    expect(problems({ signing: { kmsKey: 'alias/releases' } })).toEqual([]);
    expect(problems({ signing: { keyFile: 'key.pem' } })).toEqual([
      "signing.keyFile: is 'key.pem', which only a run on one machine can read; name a key of KMS in signing.kmsKey",
    ]);
    expect(problems({ signing: { keyVariable: 'SIGNING_KEY' } })).toEqual([
      expect.stringMatching(/^signing\.keyVariable: is 'SIGNING_KEY', which only/),
    ]);
  });

  test('any number of images can be released', () => {
    const images = Array.from({ length: 10_000 }, (_, index) => `image-${index}`);
    expect(problems({}, images)).toEqual([]);
  });

  test('settings that do not fit into the environment of a function are refused', () => {
    const branches = Array.from({ length: 60 }, (_, index) => ({
      branch: `team-${index}/a-long-name/*`,
      allow: ['build' as const],
    }));
    expect(problems({ branches })).toEqual([expect.stringMatching(/^settings: have \d+ bytes as JSON/)]);
  });

  test('an ECR host decides account and region; the own registry leaves them open', () => {
    const named = { releases: { host: HOST, namespace: 'a' }, candidates: { host: HOST, repository: 'c' } };
    expect(deployTarget(parseSettings({ ...SETTINGS, ...named }))).toEqual({
      account: '111122223333',
      region: 'eu-central-1',
    });
    expect(deployTarget(parseSettings(SETTINGS))).toBeUndefined();
  });
});

describe('all problems at once', () => {
  const token = `ghp_${'a1B2'.repeat(9)}`;
  const wrong = {
    git: { host: 'github', repository: 'team/monorepo', token },
    candidates: { host: HOST, repository: 'shop' },
    releases: {
      host: HOST.replace('eu-central-1', 'eu-middle-1'),
      namespace: 'n'.repeat(250),
      movableTags: ['latest', 'stable', 'edge', 'nightly', 'canary-*'],
    },
    environments: [{ name: 'e'.repeat(81), values: 'chart/values.yaml' }],
    maxConcurrency: 4000,
    webhookConcurrency: 0,
  };

  function refusal(value: unknown, images: readonly string[]): InvalidInputError {
    try {
      parseSettings(value, deploymentOf(images));
    } catch (error) {
      if (error instanceof InvalidInputError) return error;
      throw error;
    }
    throw new Error('the settings were accepted');
  }

  test('are reported with construct, value and fix, and without the secret', () => {
    const { message } = refusal(wrong, ['an-image']);

    expect(message.split('\n')).toEqual([
      'the settings cannot be used:',
      expect.stringMatching(/^ {2}git\.token \(Secrets\/Git\): is a token of GitHub in plain text.*revoke it/),
      expect.stringMatching(/^ {2}git\.token \(Secrets\/Git\): is not a setting; allowed here: host/),
      expect.stringMatching(/^ {2}environments\.0\.name \(the whole stack\): must be .*, not the text 'e{57}\.\.\.'$/),
      expect.stringMatching(/^ {2}maxConcurrency \(Pipeline\/StateMachine\): must be 1000 or less, not 4000$/),
      expect.stringMatching(/^ {2}webhookConcurrency \(Webhook\): must be 1 or more, not 0$/),
      expect.stringMatching(/^ {2}releases\.host \(Images\): names the region 'eu-middle-1'.*write one/),
      expect.stringMatching(/^ {2}releases\.host \(Images\): is '.*name the same one twice/),
      expect.stringMatching(/^ {2}releases\.movableTags \(Images\): has 5 patterns.*give at most 4$/),
      expect.stringMatching(/^ {2}releases\.namespace \(Images\): .* of 259 characters.* allows 256/),
    ]);
    expect(message).not.toContain(token);
  });

  test('include those behind an unknown key', () => {
    const git = { host: 'local', path: '/srv/repository.git', tokn: 1 };

    expect(refusal({ ...SETTINGS, git }, []).problems.map(({ path, message }) => [path, message.slice(0, 12)])).toEqual(
      [
        ['git.tokn', 'is not a set'],
        ['git.host', "is 'local', "],
      ],
    );
  });

  test('include candidates among the releases', () => {
    const within = { ...wrong, releases: { host: HOST, namespace: 'shop' } };

    expect(refusal(within, []).problems.map(({ path }) => path)).toContain('candidates');
  });

  test('name existing constructs', () => {
    const git = { host: 'github', repository: 'example/monorepo', reader: 'token' } as const;
    const { node } = synthesizedApp({ settings: { git, stack: 'shop' }, modules: [{ stage: 'tools' }] });
    const { constructOf } = deploymentOf([]);
    const names = [...Object.keys(parseSettings({ ...SETTINGS, webhookConcurrency: 5 })), 'git.reader.appId'];
    const paths = names.map((name) => constructOf(name));
    expect(paths).toContain('Secrets/GitReader');
    expect(paths).toContain('the whole stack');

    for (const path of new Set(paths.filter((each) => each !== 'the whole stack'))) {
      expect({
        path,
        found: node.findAll().some((construct) => construct.node.path === `shop/Default/${path}`),
      }).toEqual({
        path,
        found: true,
      });
    }
  });
});

describe('accounts that may pull', () => {
  test('are those of ECR only', () => {
    const releases = { namespace: 'shop', pullAccounts: ['444455556666'] };

    expect(problems({ releases: { ...releases, host: 'ecr' } })).toEqual([]);
    expect(problems({ releases: { ...releases, host: 'registry-1.docker.io' } })).toEqual([
      expect.stringMatching(/^releases\.pullAccounts: has 1 AWS accounts, but registry-1\.docker\.io is not ECR/),
    ]);
  });
});

test('ECR scans its own images alone, and no function runs Trivy', () => {
  const scan = { from: 'ecr' } as const;

  expect(problems({ scan })).toEqual([]);
  expect(problems({ scan: { from: 'trivy' } })).toEqual([
    expect.stringMatching(/^scan\.from: is 'trivy'.*write 'ecr'/),
  ]);
  expect(problems({ scan, releases: { host: 'registry-1.docker.io', namespace: 'a' } })).toEqual([
    expect.stringMatching(/^scan\.from: is 'ecr', but releases\.host is 'registry-1\.docker\.io'/),
  ]);
});

describe('tags that may move', () => {
  test.each(['latest', 'stable-*', 'edge'])('can be %s', (tag) => {
    expect(problems({ releases: { host: 'ecr', namespace: 'shop', movableTags: [tag] } })).toEqual([]);
  });

  test.each(['*', 'v*', 'v1*', 'v1.2.3', 'in-*', '*-dev', 'a*b', ''])(
    'cannot be %j, which a version or a content could have',
    (tag) => {
      expect(problems({ releases: { host: 'ecr', namespace: 'shop', movableTags: [tag] } })).toEqual([
        expect.stringContaining('must be a tag'),
      ]);
    },
  );

  test('do not matter for a registry that is not ECR', () => {
    expect(
      problems({ releases: { host: 'registry-1.docker.io', namespace: 'shop', movableTags: ['latest'] } }),
    ).toEqual([expect.stringContaining('leave it out')]);
  });
});

describe('ECR hosts', () => {
  test.each(['ecr', HOST, '111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn'])('%s is one', (host) => {
    expect(isEcr(host)).toBe(true);
  });

  test.each([
    'registry-1.docker.io',
    'public.ecr.aws',
    '1111.dkr.ecr.eu-central-1.amazonaws.com',
    `${HOST}.example.com`,
    `evil-${HOST}`,
    'ecr.example.com',
  ])('%s is none', (host) => {
    expect(isEcr(host)).toBe(false);
    expect(parseEcrHost(host)).toBeUndefined();
  });
});
