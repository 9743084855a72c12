/** What the setting for signatures adds to the rights, and nothing else. */
import { synthesize } from '../synthesized';
import { type Statement, statementsOf } from './role-statements';

const ID = 'key/0a1b2c3d-4e5f-6789-abcd-ef0123456789';

function rightsWith(kmsKey?: string): Readonly<Record<string, readonly Statement[]>> {
  return statementsOf(synthesize({ settings: kmsKey === undefined ? {} : { signing: { kmsKey } } }).toJSON());
}

function keyRights(rights: Readonly<Record<string, readonly Statement[]>>): [string, Statement][] {
  return Object.entries(rights).flatMap(([role, statements]) =>
    statements
      .filter(({ actions }) => actions.some((action) => action.startsWith('kms:')))
      .map((statement): [string, Statement] => [role, statement]),
  );
}

const HOW = { 'kms:MessageType': 'DIGEST', 'kms:SigningAlgorithm': 'ECDSA_SHA_256' };

test('without it no role has a right to a key', () => {
  expect(keyRights(rightsWith())).toEqual([]);
});

test.each(['123456789012', '210987654321'])(
  'the release function alone may sign with a key of account %s',
  (account) => {
    const arn = `arn:aws:kms:eu-north-1:${account}:${ID}`;
    expect(keyRights(rightsWith(arn))).toEqual([
      ['Release', { actions: ['kms:GetPublicKey'], resources: [arn] }],
      ['Release', { actions: ['kms:Sign'], resources: [arn], condition: { StringEquals: HOW } }],
    ]);
  },
);

test.each([
  ['alias/releases', ':key/*'],
  ['arn:aws:kms:eu-north-1:210987654321:alias/releases', 'arn:aws:kms:eu-north-1:210987654321:key/*'],
])('with %s it may sign only in a request that names the alias', (kmsKey, resource) => {
  const named = { 'kms:RequestAlias': 'alias/releases' };
  const resources = [expect.stringContaining(resource)];
  expect(keyRights(rightsWith(kmsKey))).toEqual([
    ['Release', { actions: ['kms:GetPublicKey'], resources, condition: { StringEquals: named } }],
    ['Release', { actions: ['kms:Sign'], resources, condition: { StringEquals: { ...named, ...HOW } } }],
  ]);
});

test('beside it, the release function reads which run built an image, and every other role stays as it is', () => {
  const reads = (rights: Readonly<Record<string, readonly Statement[]>>) =>
    (rights.Release ?? []).filter(({ actions }) => actions.includes('s3:GetObject')).flatMap((each) => each.resources);
  const [without, signed] = [rightsWith(), rightsWith('alias/releases')];
  expect(reads(signed).filter((each) => !reads(without).includes(each))).toEqual(['StoreBucket/built/*.json']);
  expect({ ...signed, Release: [] }).toEqual({ ...without, Release: [] });
});
