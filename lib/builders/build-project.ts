/** A CodeBuild project with its own role and log, and one of this project's buildspecs. It has no source and no trigger. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Aws, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { BuildSpec, type CfnProject, type ComputeType, LinuxBuildImage, Project } from 'aws-cdk-lib/aws-codebuild';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import { parse } from 'yaml';
import { QUEUE_HOURS } from '../../core/contract/job';
import { MACHINE_IMAGES } from '../../core/image/build-images';
import { type Network, type OutgoingProxy, proxyVariables } from '../../core/settings/network/network-schema';
import { type Bundle, bundledFile, PROJECT_FOLDER } from '../functions/bundle';
import type { Authorities } from './authorities';

/** The properties of all functions and build projects. */
export interface Platform {
  readonly logRetention: RetentionDays;
  /** Undefined outside of a VPC. */
  readonly network: Network | undefined;
  /** Undefined if everything is reached directly. */
  readonly proxy?: OutgoingProxy | undefined;
  /** Undefined if only the usual authorities are trusted. */
  readonly authorities?: Authorities | undefined;
}

/** The properties of all build projects. */
export interface BuildPlatform extends Platform {
  readonly tool: JobTool;
  /** Encrypts what jobs read and write. Default: keys of AWS, which need no right. */
  readonly key?: IKey | undefined;
}

interface BuildProjectProps {
  readonly description: string;
  /** Name of the file in `buildspecs`. */
  readonly buildspec: string;
  readonly computeType: ComputeType;
  /** True if the job runs Docker. */
  readonly privileged: boolean;
  readonly variables: Readonly<Record<string, string>>;
  /** All rights besides writing its own log. */
  readonly rights: readonly PolicyStatement[];
}

/** Makes the project. Its parts are children of `scope`, named `Project`, `Role` and `Log`. */
export function buildProject(
  scope: Construct,
  { logRetention, network, proxy, authorities, key }: Omit<BuildPlatform, 'tool'>,
  { description, buildspec, computeType, privileged, variables, rights }: BuildProjectProps,
): Project {
  const logGroup = new LogGroup(scope, 'Log', { retention: logRetention, removalPolicy: RemovalPolicy.DESTROY });
  const role = roleOfThisAccount(scope);
  logGroup.grantWrite(role);
  const all = [
    ...rights,
    ...(network === undefined ? [] : joiningNetwork(scope, network)),
    ...(authorities === undefined ? [] : [authorities.fetching()]),
  ];
  for (const statement of all) role.addToPolicy(statement);
  key?.grantEncryptDecrypt(role);
  const project = new Project(scope, 'Project', {
    description,
    buildSpec: loadBuildSpec(buildspec),
    environment: { buildImage: LinuxBuildImage.fromCodeBuildImageId(MACHINE_IMAGES.x86_64), computeType, privileged },
    environmentVariables: Object.fromEntries(
      Object.entries({ ...variables, ...proxyVariables(proxy), ...authorities?.buildVariables }).map(
        ([name, value]) => [name, { value }],
      ),
    ),
    // The role has all its rights already. CDK would add log groups and report groups of any name.
    role: role.withoutPolicyUpdates(),
    grantReportGroupPermissions: false,
    logging: { cloudWatch: { logGroup } },
    timeout: Duration.hours(1),
    queuedTimeout: Duration.hours(QUEUE_HOURS),
    autoRetryLimit: 0,
  });
  // The first job needs the rights, and CDK does not see that the project depends on them.
  project.node.addDependency(role);
  if (network !== undefined) {
    (project.node.defaultChild as CfnProject).vpcConfig = {
      vpcId: network.vpcId,
      subnets: [...network.subnetIds],
      securityGroupIds: [...network.securityGroupIds],
    };
  }
  return project;
}

/** Only builds of this account and region may take the role. CodeBuild's trust has no such condition by default. */
function roleOfThisAccount(scope: Construct): Role {
  const project = Stack.of(scope).formatArn({ service: 'codebuild', resource: 'project', resourceName: '*' });
  return new Role(scope, 'Role', {
    assumedBy: new ServicePrincipal('codebuild.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID }, ArnLike: { 'aws:SourceArn': project } },
    }),
  });
}

/** https://docs.aws.amazon.com/codebuild/latest/userguide/auth-and-access-control-iam-identity-based-access-control.html#customer-managed-policies-example-create-vpc-network-interface */
function joiningNetwork(scope: Construct, { subnetIds }: Network): readonly PolicyStatement[] {
  const arn = (resource: string, resourceName: string) =>
    Stack.of(scope).formatArn({ service: 'ec2', resource, resourceName });
  return [
    new PolicyStatement({
      actions: [
        'ec2:CreateNetworkInterface',
        'ec2:DeleteNetworkInterface',
        'ec2:DescribeDhcpOptions',
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribeSecurityGroups',
        'ec2:DescribeSubnets',
        'ec2:DescribeVpcs',
      ],
      resources: ['*'],
    }),
    new PolicyStatement({
      actions: ['ec2:CreateNetworkInterfacePermission'],
      resources: [arn('network-interface', '*')],
      conditions: {
        StringEquals: { 'ec2:AuthorizedService': 'codebuild.amazonaws.com' },
        ArnEquals: { 'ec2:Subnet': subnetIds.map((id) => arn('subnet', id)) },
      },
    }),
  ];
}

/** Returns `buildspecs/<name>.yml`, inline in the project. Template, tests and local runtime have the text of the same file. */
function loadBuildSpec(name: string): BuildSpec {
  return BuildSpec.fromObjectToYaml(parse(readFileSync(join(PROJECT_FOLDER, 'buildspecs', `${name}.yml`), 'utf8')));
}

/** The job tool's one file. A build machine may run it with an older Node than functions have. */
export const JOB_TOOL_BUNDLE: Bundle = {
  entry: 'buildspecs/job/main.ts',
  file: 'job-tool.cjs',
  target: 'node20',
  external: [],
};

/** The program that every job runs: one JavaScript file in the bootstrap bucket. */
export class JobTool extends Construct {
  /** `bucket/key`, from which a buildspec downloads it. */
  readonly location: string;
  private readonly asset: Asset;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.asset = new Asset(this, 'File', bundledFile(JOB_TOOL_BUNDLE));
    this.location = `${this.asset.s3BucketName}/${this.asset.s3ObjectKey}`;
  }

  /** Returns the right to download it. */
  fetching(): PolicyStatement {
    const resources = [this.asset.bucket.arnForObjects(this.asset.s3ObjectKey)];
    return new PolicyStatement({ actions: ['s3:GetObject'], resources });
  }
}
