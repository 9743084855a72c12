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

test('every function and build knows the proxy, and reaches AWS and the excepted hosts without it', () => {
  const proxy = { https: 'http://proxy.internal:3128', except: ['.internal'] };
  const proxied = synthesize({ settings: { network, proxy }, modules: [{ stage: 'tools' }] });
  const variables = [
    ...Object.values(proxied.findResources('AWS::Lambda::Function')).map(
      ({ Properties }) => Properties.Environment.Variables as Record<string, string>,
    ),
    ...Object.values(proxied.findResources('AWS::CodeBuild::Project')).map(({ Properties }) =>
      Object.fromEntries(
        Properties.Environment.EnvironmentVariables.map(({ Name, Value }: Record<string, string>) => [Name, Value]),
      ),
    ),
  ];
  expect(variables.length).toBeGreaterThan(12);
  for (const { HTTPS_PROXY, NO_PROXY = '', NODE_USE_ENV_PROXY } of variables) {
    expect({ HTTPS_PROXY, NODE_USE_ENV_PROXY }).toEqual({ HTTPS_PROXY: proxy.https, NODE_USE_ENV_PROXY: '1' });
    expect(NO_PROXY.split(',')).toEqual(expect.arrayContaining(['.amazonaws.com', '169.254.170.2', '.internal']));
  }
  expect(JSON.stringify(template.toJSON())).not.toContain('HTTPS_PROXY');
});

test.each([
  ['http://ci:secret@proxy.internal:3128', 'the address of a proxy, without a login'],
  ['proxy.internal:3128', 'the address of a proxy'],
])('the proxy %s is refused, and no secret of it is shown', (https, message) => {
  const wrong = () => synthesize({ settings: { proxy: { https } } });
  expect(wrong).toThrow(message);
  expect(wrong).not.toThrow('ci:secret');
});
