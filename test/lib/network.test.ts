/** Functions and builds in a VPC that the settings name: without a lookup at synth, and with the rights that this takes. */
import { statementsOf } from './rights/role-statements';
import { synthesize } from './synthesized';

const network = {
  vpcId: 'vpc-0a1b2c3d4e5f67890',
  subnetIds: ['subnet-0a1b2c3d', 'subnet-1a1b2c3d'],
  securityGroupIds: ['sg-0a1b2c3d'],
};
const template = synthesize({ settings: { network }, modules: [{ stage: 'tools' }] });
const rights = statementsOf(template.toJSON());
const networkRights = (role: string) =>
  (rights[role] ?? []).filter(({ actions }) => actions.some((action) => action.startsWith('ec2:')));

test('every function and every build project is in the subnets and security groups of the settings', () => {
  const { vpcId, subnetIds, securityGroupIds } = network;
  const functions = Object.values(template.findResources('AWS::Lambda::Function'));
  const projects = Object.values(template.findResources('AWS::CodeBuild::Project'));

  expect(functions.length).toBeGreaterThan(10);
  for (const { Properties } of functions) {
    expect(Properties.VpcConfig).toEqual({ SubnetIds: subnetIds, SecurityGroupIds: securityGroupIds });
  }
  expect(projects.map(({ Properties }) => Properties.VpcConfig)).toEqual(
    Array(2).fill({ VpcId: vpcId, Subnets: subnetIds, SecurityGroupIds: securityGroupIds }),
  );
});

test('a build may give interfaces to CodeBuild in these subnets only', () => {
  const [all, permission] = networkRights('Builder');

  expect(all?.resources).toEqual(['*']);
  expect(permission).toMatchObject({
    actions: ['ec2:CreateNetworkInterfacePermission'],
    condition: { StringEquals: { 'ec2:AuthorizedService': 'codebuild.amazonaws.com' } },
  });
  expect(JSON.stringify(permission?.condition)).toMatch(/subnet\/subnet-0a1b2c3d.*subnet\/subnet-1a1b2c3d/);
  expect(networkRights('ModuleBuilder')).toHaveLength(2);
});

test('functions get the rights to network interfaces, and have none without a network', () => {
  expect(networkRights('Plan')).toHaveLength(1);
  expect(JSON.stringify(synthesize().toJSON())).not.toMatch(/ec2:|VpcConfig/);
});
