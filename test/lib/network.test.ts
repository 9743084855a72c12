/** Functions and builds in a VPC that the settings name: without a lookup at synth, and with the rights that this takes. */
import { join } from 'node:path';
import type { Template } from 'aws-cdk-lib/assertions';
import { parseSettings } from '../../core/settings/parse-settings';
import { deploymentOf } from '../../lib/deployment';
import { statementsOf } from './rights/role-statements';
import { SETTINGS, synthesize } from './synthesized';

const network = {
  vpcId: 'vpc-0a1b2c3d4e5f67890',
  subnetIds: ['subnet-0a1b2c3d', 'subnet-1a1b2c3d'],
  securityGroupIds: ['sg-0a1b2c3d'],
};
const template = synthesize({ settings: { network }, modules: [{ stage: 'tools' }] });
const rights = statementsOf(template.toJSON());
type Variables = Readonly<Record<string, string>>;

function functionVariables(found: Template): readonly Variables[] {
  return Object.values(found.findResources('AWS::Lambda::Function')).map(
    ({ Properties }) => (Properties.Environment?.Variables ?? {}) as Variables,
  );
}

function buildVariables(found: Template): readonly Variables[] {
  return Object.values(found.findResources('AWS::CodeBuild::Project')).map(({ Properties }) =>
    Object.fromEntries(Properties.Environment.EnvironmentVariables.map(({ Name, Value }: Variables) => [Name, Value])),
  );
}

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
  const variables = [...functionVariables(proxied), ...buildVariables(proxied)];
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

const CA = join(__dirname, '../fixtures/tls/team-ca.cert.pem');

test('every function and build gets the private authorities: a layer, and a file that jobs fetch by a right of their own', () => {
  const trusting = synthesize({ settings: { certificateAuthorities: CA }, modules: [{ stage: 'tools' }] });
  const [layer] = Object.keys(trusting.findResources('AWS::Lambda::LayerVersion'));

  for (const { Properties } of Object.values(trusting.findResources('AWS::Lambda::Function'))) {
    expect(Properties.Layers).toEqual([{ Ref: layer }]);
  }
  for (const variables of functionVariables(trusting)) {
    expect(variables.NODE_EXTRA_CA_CERTS).toBe('/opt/authorities.pem');
    expect(JSON.stringify(variables)).not.toContain(CA);
  }
  const builds = buildVariables(trusting);
  expect(builds).toHaveLength(2);
  for (const { NODE_EXTRA_CA_CERTS, CERTIFICATE_AUTHORITIES } of builds) {
    expect(NODE_EXTRA_CA_CERTS).toBe('/tmp/authorities.pem');
    expect(JSON.stringify(CERTIFICATE_AUTHORITIES)).toMatch(/cdk-hnb659fds-assets.*\/[0-9a-f]{64}\.pem/);
  }
  const assets = (found: Template, role: string) =>
    (statementsOf(found.toJSON())[role] ?? []).flatMap(({ resources }) => resources.filter((each) => each === 'asset'))
      .length;
  const counts = (found: Template) => ['Builder', 'ModuleBuilder', 'Plan'].map((role) => assets(found, role));
  expect([counts(template), counts(trusting)]).toEqual([
    [1, 1, 0],
    [2, 2, 0],
  ]);
  const names = [...functionVariables(template), ...buildVariables(template)].flatMap(Object.keys);
  expect(names.filter((name) => name.includes('CERT'))).toEqual([]);
  expect(template.findResources('AWS::Lambda::LayerVersion')).toEqual({});
});

test.each([
  [
    join(CA, '../team-server.cert.pem'),
    /certificateAuthorities .*: .*team-server\.cert\.pem has the certificate 1 .* of a server/,
  ],
  [join(CA, '../team-server.key.pem'), /holds a private key(.|\n)*holds no certificate/],
  ['nothing.pem', /nothing\.pem cannot be used: there is no such file; write the certificates there/],
])('a file of authorities that is none is refused at synth: %s', (certificateAuthorities, message) => {
  expect(() => parseSettings({ ...SETTINGS, certificateAuthorities }, deploymentOf([]))).toThrow(message);
});
