import { InvalidInputError } from '../../../core/contract/errors';
import { environmentBefore, environmentNamed, filesOf } from '../../../core/settings/environment';
import { parseSettings } from '../../../core/settings/parse-settings';
import type { SettingsInput } from '../../../core/settings/schema';

const BASE: SettingsInput = {
  git: { host: 'github', repository: 'team/monorepo' },
  releases: { host: 'registry.example', namespace: 'team' },
  candidates: { host: 'registry.example', repository: 'candidates' },
};
const DEV = { name: 'dev', values: 'chart/values.yaml' };
const STAGING = { name: 'staging', values: 'chart/values-staging.yaml' };

function problemsOf(part: Partial<SettingsInput>): string[] {
  try {
    parseSettings({ ...BASE, ...part });
  } catch (error) {
    if (error instanceof InvalidInputError) return error.problems.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
  throw new Error('the settings were accepted');
}

describe('the environments of settings', () => {
  test('are one, named default, where only a values file is named', () => {
    expect(parseSettings({ ...BASE, valuesFile: 'chart/values.yaml' }).environments).toEqual([
      { name: 'default', values: 'chart/values.yaml' },
    ]);
  });

  test('stay as they are when settings go through JSON and are read again', () => {
    const settings = parseSettings({ ...BASE, environments: [DEV, { ...STAGING, approval: { hours: 24 } }] });

    expect(parseSettings(JSON.parse(JSON.stringify(settings)))).toEqual(settings);
    expect(parseSettings(JSON.parse(JSON.stringify(parseSettings(BASE))))).toEqual(parseSettings(BASE));
  });

  test.each<[string, Partial<SettingsInput>, RegExp]>([
    [
      'beside a values file',
      { valuesFile: 'a.yaml', environments: [DEV] },
      /^valuesFile: is given beside environments/,
    ],
    ['with one name twice', { environments: [DEV, { ...STAGING, name: 'dev' }] }, /^environments\.1\.name: 'dev' is/],
    [
      'with one values file twice',
      { environments: [DEV, { ...STAGING, values: DEV.values }] },
      /^environments\.1\.values: chart\/values\.yaml has the version lock of environment 'dev', too/,
    ],
    [
      'whose version locks would be one',
      { environments: [STAGING, { name: 'other', values: 'chart/staging.yaml' }] },
      /^environments\.1\.values/,
    ],
    ['that are none', { environments: [] }, /^environments/],
    ['named so that no command line could', { environments: [{ ...DEV, name: 'Dev 1' }] }, /^environments\.0\.name/],
    [
      'with an approval that takes for ever',
      { environments: [{ ...DEV, approval: { hours: 1000 } }] },
      /^environments\.0\.approval\.hours/,
    ],
    [
      'that a branch rule names wrongly',
      { environments: [DEV], branches: [{ branch: 'main', allow: ['release'], environment: 'prod' }] },
      /^branches\.0\.environment: branch rule 'main' names the environment 'prod'; there are: dev$/,
    ],
  ])('are refused %s', (_, part, message) => {
    expect(problemsOf(part).join('\n')).toMatch(message);
  });

  test('follow one another in their order', () => {
    const settings = parseSettings({ ...BASE, environments: [DEV, STAGING] });
    const [dev, staging] = [environmentNamed(settings, 'dev'), environmentNamed(settings, 'staging')];

    expect(environmentBefore(settings, staging)).toBe(dev);
    expect(environmentBefore(settings, dev)).toBe(dev);
  });

  test.each([
    ['chart/values.yaml', 'chart/version-lock.yaml', 'chart/IMAGE_VERSIONS.md'],
    ['values-staging.yaml', 'version-lock-staging.yaml', 'IMAGE_VERSIONS-staging.md'],
    ['envs/production.yml', 'envs/version-lock-production.yaml', 'envs/IMAGE_VERSIONS-production.md'],
  ])('%s has its lock and its table beside it', (values, lock, images) => {
    expect(filesOf({ name: 'x', values })).toEqual({ values, lock, images });
  });
});
