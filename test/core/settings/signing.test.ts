/** The setting for signatures: exactly one key, in a form that can be one. */
import { parseSettings } from '../../../core/settings/parse-settings';
import { kmsRegion } from '../../../core/settings/signing/schema';
import { problemsOf, SMALLEST } from '../../support/settings/smallest';

const KEY = 'arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d-4e5f-6789-abcd-ef0123456789';

const problemsWith = (signing: unknown) => problemsOf({ ...SMALLEST, signing });

test.each([
  { kmsKey: KEY },
  { kmsKey: KEY.replace(/key\/.*/, 'key/mrk-0a1b2c3d4e5f6789abcdef0123456789') },
  { kmsKey: KEY.replace(/key\/.*/, 'alias/team/releases') },
  { kmsKey: 'arn:aws-us-gov:kms:us-gov-west-1:123456789012:alias/releases' },
  { kmsKey: 'alias/releases' },
  { keyFile: 'signing-key.pem' },
  { keyVariable: 'SIGNING_KEY' },
])('%j is a key', (signing) => {
  expect(parseSettings({ ...SMALLEST, signing }).signing).toEqual(signing);
});

test('without it there is none', () => {
  expect(parseSettings(SMALLEST)).not.toHaveProperty('signing');
});

test.each([
  'releases',
  '0a1b2c3d-4e5f-6789-abcd-ef0123456789',
  'alias/aws/ecr',
  KEY.replace(':kms:', ':ecr:'),
  KEY.replace('123456789012', '1234'),
  KEY.replace(':key/', ':grant/'),
  KEY.replace(/key\/.*/, 'alias/aws/s3'),
  `${KEY} `,
])('%s names no key of KMS, and the message has the forms', (kmsKey) => {
  expect(problemsWith({ kmsKey })).toEqual([
    expect.stringMatching(/^signing\.kmsKey: must be the ARN of a key or alias of KMS, .* alias\/<name>, not /),
  ]);
});

test('no key, two keys, and unknown fields are refused', () => {
  const one = 'signing: must have exactly one of kmsKey (in AWS), keyFile and keyVariable (on one machine)';
  expect(problemsWith({})).toEqual([one]);
  expect(problemsWith({ kmsKey: 'alias/releases', keyFile: 'key.pem' })).toEqual([one]);
  expect(problemsWith({ keyVariable: 'A B' })).toEqual([
    "signing.keyVariable: must be the name of an environment variable, such as SIGNING_KEY, not the text 'A B'",
  ]);
  expect(problemsWith({ kmsKey: 'alias/releases', kmsKeys: [] })).toEqual([
    expect.stringMatching(/^signing\.kmsKeys: is not a setting; did you mean 'kmsKey'\?/),
  ]);
});

test('a private key in the settings is refused without its text', () => {
  const pem = '-----BEGIN EC PRIVATE KEY-----\nc2VjcmV0\n-----END EC PRIVATE KEY-----';
  const problems = problemsWith({ keyFile: pem });
  expect(problems).toEqual([expect.stringMatching(/^signing\.keyFile: is a private key in plain text/)]);
  expect(problems.join()).not.toContain('c2VjcmV0');
});

test('a key of KMS has its region in its ARN, and an alias has that of the stack', () => {
  expect(kmsRegion(KEY)).toBe('eu-central-1');
  expect(kmsRegion('alias/releases')).toBeUndefined();
});
