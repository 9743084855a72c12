/** Repository policies against `releases.pullAccounts`. */
import { judgePolicies, pullPolicy } from '../../../core/doctor/judge-policies';

const ONE = '111122223333';
const TWO = '444455556666';
const REGION = 'eu-central-1';
/** As ECR returns it: accounts as ARNs, a list of one as a text. */
const stored = (...accounts: string[]) => {
  const [statement] = pullPolicy(accounts).Statement;
  const arns = accounts.map((account) => `arn:aws:iam::${account}:root`);
  return { ...statement, Principal: { AWS: arns.length === 1 ? arns[0] : arns } };
};
const policyOf = (...statements: object[]) => JSON.stringify({ Version: '2008-10-17', Statement: statements });
const BY_HAND = {
  Sid: 'Lambda',
  Effect: 'Allow',
  Principal: { Service: 'lambda.amazonaws.com' },
  Action: 'ecr:BatchGetImage',
};

const judge = (accounts: readonly string[], ...policies: (string | undefined)[]) =>
  judgePolicies(
    accounts,
    policies.map((policy, index) => ({ repository: `team/r${index}`, policy })),
    REGION,
  );

test.each([
  ['no account and no policy', [], undefined],
  ['no account and a policy added by hand', [], policyOf(BY_HAND)],
  ['one account', [ONE], policyOf(stored(ONE))],
  ['two accounts in another order', [ONE, TWO], policyOf(stored(TWO, ONE))],
  ['an account beside a statement added by hand', [ONE], policyOf(BY_HAND, stored(ONE))],
])('%s: the policy is right', (_, accounts, policy) => {
  expect(judge(accounts, policy)).toMatchObject([{ state: 'ok' }]);
});

test.each([
  ['is missing', [ONE], undefined],
  ['lacks an account', [ONE, TWO], policyOf(stored(ONE))],
  ['has an account that the settings no longer name', [ONE], policyOf(stored(ONE, TWO))],
  ['denies', [ONE], policyOf({ ...stored(ONE), Effect: 'Deny' })],
  ['allows less', [ONE], policyOf({ ...stored(ONE), Action: 'ecr:BatchGetImage' })],
  ['has a condition', [ONE], policyOf({ ...stored(ONE), Condition: { Bool: { 'aws:SecureTransport': 'true' } } })],
])('a policy that %s is a problem, and the printed command makes it right', (_, accounts, policy) => {
  const [finding] = judge(accounts, policy);

  expect(finding).toMatchObject({ state: 'problem', check: 'accounts that may pull' });
  const [, text] =
    /--policy-text '(.*)' --repository-name "\$repository" --region eu-central-1; done$/.exec(finding?.fix ?? '') ?? [];
  expect(judge(accounts, text)).toMatchObject([{ state: 'ok' }]);
});

test('one command fixes all repositories that need the same policy', () => {
  const findings = judge([ONE], undefined, policyOf(stored(ONE)), policyOf(stored(TWO)));

  expect(findings).toHaveLength(1);
  expect(findings[0]?.fix).toMatch(
    /^for repository in team\/r0 team\/r2; do aws ecr set-repository-policy --policy-text /,
  );
});

test('a policy without other statements is deleted if the settings name no account', () => {
  expect(judge([], policyOf(stored(ONE)))[0]?.fix).toBe(
    'for repository in team/r0; do aws ecr delete-repository-policy --repository-name "$repository" --region eu-central-1; done',
  );
});

test('statements added by hand stay in the printed policy', () => {
  const [finding] = judge([], policyOf(BY_HAND, stored(ONE)));

  expect(finding?.fix).toContain('"Sid":"Lambda"');
  expect(finding?.fix).not.toContain(ONE);
});
