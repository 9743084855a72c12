/** What all CodeBuild projects have in common: no source, no trigger, an own role and log, and one buildspec of ours. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AssetHashType, Aws, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { BuildSpec, type ComputeType, LinuxBuildImage, Project } from 'aws-cdk-lib/aws-codebuild';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import { parse } from 'yaml';
import { QUEUE_HOURS } from '../../core/contract/job';
import { bundledFile, PROJECT_FOLDER } from '../functions/bundle';

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

/** The project; its parts are children of `scope`, named `Project`, `Role` and `Log`. */
export function buildProject(scope: Construct, props: BuildProjectProps): Project {
  const { description, buildspec, computeType, privileged, variables, rights } = props;
  const logGroup = new LogGroup(scope, 'Log', {
    retention: RetentionDays.THREE_MONTHS,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const role = ofThisAccount(scope);
  logGroup.grantWrite(role);
  for (const statement of rights) role.addToPolicy(statement);
  const project = new Project(scope, 'Project', {
    description,
    buildSpec: loadBuildSpec(buildspec),
    environment: { buildImage: LinuxBuildImage.STANDARD_7_0, computeType, privileged },
    environmentVariables: Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, { value }])),
    // Every right is given above; CDK would add log groups and report groups of any name.
    role: role.withoutPolicyUpdates(),
    grantReportGroupPermissions: false,
    logging: { cloudWatch: { logGroup } },
    timeout: Duration.hours(1),
    queuedTimeout: Duration.hours(QUEUE_HOURS),
    autoRetryLimit: 0,
  });
  // The rights must be there before the first job, and CDK no longer sees that the project depends on them.
  project.node.addDependency(role);
  return project;
}

/** Only builds of this account and region may take the role (CodeBuild's trust has no such condition by default). */
function ofThisAccount(scope: Construct): Role {
  const project = Stack.of(scope).formatArn({ service: 'codebuild', resource: 'project', resourceName: '*' });
  return new Role(scope, 'Role', {
    assumedBy: new ServicePrincipal('codebuild.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID }, ArnLike: { 'aws:SourceArn': project } },
    }),
  });
}

// Reads a buildspec at synth, so that template, tests and the local runtime all have the text of the same file.

/** The buildspec in `buildspecs/<name>.yml`, inline in the project. */
function loadBuildSpec(name: string): BuildSpec {
  return BuildSpec.fromObjectToYaml(parse(readFileSync(join(PROJECT_FOLDER, 'buildspecs', `${name}.yml`), 'utf8')));
}

// The program that every job runs, one JavaScript file in the bootstrap bucket.

export class JobTool extends Construct {
  /** As a buildspec fetches it: `bucket/key`. */
  readonly location: string;
  private readonly asset: Asset;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.asset = new Asset(this, 'File', {
      path: join(PROJECT_FOLDER, 'buildspecs', 'job'),
      assetHashType: AssetHashType.OUTPUT,
      bundling: bundledFile({ entry: 'buildspecs/job/main.ts', file: 'job-tool.cjs', target: 'node20', external: [] }),
    });
    this.location = `${this.asset.s3BucketName}/${this.asset.s3ObjectKey}`;
  }

  /** The right to fetch it. */
  fetching(): PolicyStatement {
    const resources = [this.asset.bucket.arnForObjects(this.asset.s3ObjectKey)];
    return new PolicyStatement({ actions: ['s3:GetObject'], resources });
  }
}
