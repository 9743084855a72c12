/** What the setting `buildSecrets` adds to the rights, and nothing else. */
import { synthesize } from '../synthesized';
import { statementsOf } from './role-statements';

const ARN = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:npm-a1b2c3';
const rightsWith = (settings: object) => statementsOf(synthesize({ settings }).toJSON());

test('image builds may read the secrets of the settings, and no other role gets a right', () => {
  const [before, after] = [rightsWith({}), rightsWith({ buildSecrets: { npm: ARN } })];
  const added = Object.entries(after).flatMap(([role, statements]) => {
    const known = new Set(before[role]?.map((each) => JSON.stringify(each)));
    return statements.filter((each) => !known.has(JSON.stringify(each))).map((each) => ({ role, ...each }));
  });

  expect(Object.keys(after)).toEqual(Object.keys(before));
  const condition = { StringEquals: { 'kms:EncryptionContext:SecretARN': [ARN] } };
  const keys = ['arn:aws:kms:eu-central-1:111122223333:key/*'];
  expect(added).toEqual([
    { role: 'Builder', actions: ['secretsmanager:GetSecretValue'], resources: [ARN] },
    { role: 'Builder', actions: ['kms:Decrypt'], resources: keys, condition },
  ]);
});

test.each(['env:NPM_TOKEN', 'file:/home/me/.npmrc'])('%s of one machine cannot be deployed', (npm) => {
  expect(() => synthesize({ settings: { buildSecrets: { npm, other: ARN } } })).toThrow(
    /has npm at (?:env:NPM_TOKEN|file:.home.me..npmrc), which no build machine in AWS has; give the ARN of a secret/,
  );
});
