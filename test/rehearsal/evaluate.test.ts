/** The second evaluator of policies follows IAM's documentation. */
import { disagreements, isAllowed } from '../../rehearsal/rights/evaluate';
import type { RolePolicy, Statement } from '../../rehearsal/rights/roles';

const ROLE = 'ImagePipeline-ReleaseRole12345678-AB';
const statement = (more: Partial<Statement> = {}): Statement => ({
  effect: 'Allow',
  actions: ['s3:GetObject'],
  resources: ['arn:aws:s3:::bucket/runs/*'],
  conditions: {},
  ...more,
});
const call = (action: string, resource: string, keys: object = {}) => ({
  principal: `arn:aws:sts::111122223333:assumed-role/${ROLE}/session`,
  action,
  resource,
  keys: JSON.stringify(keys),
  allowed: true,
  count: 1,
});

test.each([
  ['an action in another case', 'S3:getobject', 'arn:aws:s3:::bucket/runs/a/b', true],
  ['a resource outside the pattern', 's3:GetObject', 'arn:aws:s3:::bucket/plans/a', false],
  ['a resource in another case', 's3:GetObject', 'arn:aws:s3:::BUCKET/runs/a', false],
  ['another action', 's3:PutObject', 'arn:aws:s3:::bucket/runs/a', false],
])('%s', (_name, action, resource, allowed) => {
  expect(isAllowed(call(action, resource), [statement()])).toBe(allowed);
});

test('a dot in a pattern matches only a dot', () => {
  const resources = ['arn:aws:s3:::a.b'];
  expect(isAllowed(call('s3:GetObject', 'arn:aws:s3:::axb'), [statement({ resources })])).toBe(false);
});

test('a denial overrides any permission', () => {
  const denied = statement({ effect: 'Deny', resources: ['*'] });
  expect(isAllowed(call('s3:GetObject', 'arn:aws:s3:::bucket/runs/a'), [statement(), denied])).toBe(false);
});

test('a condition holds only if the request has its key', () => {
  const conditions = { StringLike: { 's3:prefix': ['sources/*'] } };
  const listing = [statement({ actions: ['s3:ListBucket'], resources: ['arn:aws:s3:::bucket'], conditions })];
  const list = (keys: object) => isAllowed(call('s3:ListBucket', 'arn:aws:s3:::bucket', keys), listing);

  expect(list({ 'S3:Prefix': 'sources/a/' })).toBe(true);
  expect(list({ 's3:prefix': 'runs/' })).toBe(false);
  expect(list({})).toBe(false);
});

test('an unknown operator is an error, never a permission', () => {
  const conditions = { IpAddress: { 'aws:SourceIp': ['10.0.0.0/8'] } };
  const asked = call('s3:GetObject', 'arn:aws:s3:::bucket/runs/a', { 'aws:SourceIp': '10.1.1.1' });
  expect(() => isAllowed(asked, [statement({ conditions })])).toThrow(/IpAddress/);
});

test('a call that the emulator decided differently is found in both directions', () => {
  const policy: RolePolicy = { role: ROLE, policy: 'p', document: { Statement: [] }, statements: [statement()] };
  const allowed = call('s3:GetObject', 'arn:aws:s3:::bucket/runs/a');
  const other = call('s3:GetObject', 'arn:aws:s3:::other');

  expect(disagreements([allowed, { ...other, allowed: false }], [policy])).toEqual([]);
  expect(disagreements([{ ...allowed, allowed: false }, other], [policy])).toMatchObject([
    { allowedHere: true },
    { allowedHere: false },
  ]);
});
