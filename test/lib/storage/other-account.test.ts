/** The construct for the account of an environment. */
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { EnvironmentRegistry, type EnvironmentRegistryProps } from '../../../lib';
import { statementsOf } from '../rights/role-statements';
import { quickApp } from '../synthesized';

const RELEASE = 'arn:aws:iam::111122223333:role/Delivery-ReleaseRole-X';
const ACCOUNT = { account: '444455556666', region: 'eu-west-1' };

function make(props: Partial<EnvironmentRegistryProps> = {}) {
  const stack = new Stack(quickApp(), 'Images', { env: ACCOUNT });
  const registry = new EnvironmentRegistry(stack, 'Registry', { namespace: 'shop', releaseRoleArn: RELEASE, ...props });
  return { registry, template: Template.fromStack(stack) };
}

const PRINCIPAL = { ArnEquals: { 'aws:PrincipalArn': RELEASE } };

test('the role trusts the release role alone, with external id and organization, and pushes below the namespace only', () => {
  const { template, registry } = make({ externalId: 'shop', organizationId: 'o-a1b2c3d4e5' });

  const [role] = Object.values(template.findResources('AWS::IAM::Role'));
  expect(role?.Properties.AssumeRolePolicyDocument.Statement).toEqual([
    expect.objectContaining({
      Action: 'sts:AssumeRole',
      Condition: {
        ArnEquals: PRINCIPAL.ArnEquals,
        StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5', 'sts:ExternalId': 'shop' },
      },
    }),
  ]);
  const statements = Object.values(statementsOf(template.toJSON())).flat();
  expect(statements.map(({ resources }) => resources)).toEqual([
    ['*'],
    ['arn:aws:ecr:eu-west-1:444455556666:repository/shop/*'],
  ]);
  expect(
    statements.flatMap(({ actions }) => actions).filter((action) => /Delete|Mutability|Policy/.test(action)),
  ).toEqual([]);
  expect(registry.settings).toMatchObject({ namespace: 'shop', role: { externalId: 'shop' } });
});

test('the policies of named repositories let the release role push and pull, and there is no role', () => {
  const { template, registry } = make({ access: 'policies', images: ['api', 'web'] });

  template.resourceCountIs('AWS::IAM::Role', 0);
  const repositories = Object.values(template.findResources('AWS::ECR::Repository'));
  expect(repositories.map(({ Properties }) => [Properties.RepositoryName, Properties.ImageTagMutability])).toEqual([
    ['shop/api', 'IMMUTABLE'],
    ['shop/web', 'IMMUTABLE'],
  ]);
  for (const { Properties } of repositories) {
    const [statement] = Properties.RepositoryPolicyText.Statement;
    expect(statement.Condition).toEqual(PRINCIPAL);
    expect(JSON.stringify(statement.Principal)).toContain('111122223333');
  }
  expect(registry.settings).not.toHaveProperty('role');
});

test('all problems of the props are reported at once', () => {
  expect(() => make({ releaseRoleArn: 'Delivery', access: 'policies', externalId: 'shop' })).toThrow(
    /releaseRoleArn: must be the ARN of a role.*\n.*images: is missing.*\n.*externalId: belongs to a role/,
  );
});
