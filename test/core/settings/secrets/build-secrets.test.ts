import { parseSettings } from '../../../../core/settings/parse-settings';
import { parsePlace } from '../../../../core/settings/secrets/schema';
import { SETTINGS } from '../../../lib/synthesized';

const ARN = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:npm-a1b2c3';
const parse = (buildSecrets: object) => parseSettings({ ...SETTINGS, buildSecrets }).buildSecrets;

test('a secret of a build is an ARN, an environment variable or a file', () => {
  const buildSecrets = { npm: ARN, pypi: 'env:PYPI_TOKEN', netrc: 'file:/home/me/.netrc' };
  expect(parse(buildSecrets)).toEqual(buildSecrets);
  expect(Object.values(buildSecrets).map(parsePlace)).toEqual([
    { kind: 'secret', arn: ARN, region: 'eu-central-1', account: '111122223333' },
    { kind: 'variable', name: 'PYPI_TOKEN' },
    { kind: 'file', path: '/home/me/.netrc' },
  ]);
});

test.each([
  ['a value instead of a place', { npm: 'npm_0123456789' }],
  ['an ARN of something else', { npm: 'arn:aws:s3:::bucket' }],
  ['an ARN with a wildcard', { npm: `${ARN}*` }],
  ['an ARN without the characters that end it', { npm: ARN.replace('-a1b2c3', '') }],
  ['a file without its whole path', { npm: 'file:.npmrc' }],
  ['a variable without a proper name', { npm: 'env:A-B' }],
  ['an id that is no file name', { '../npm': ARN }],
])('%s is refused, and not repeated', (_what, buildSecrets) => {
  expect(() => parse(buildSecrets)).toThrow(/buildSecrets/);
  expect(() => parse(buildSecrets)).not.toThrow(/npm_0123456789/);
});
