/** The build machine: a CodeBuild project without a source of its own, whose jobs get everything from the state machine. */
import { join } from 'node:path';
import { AssetHashType, Aws, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { ComputeType, LinuxBuildImage, Project } from 'aws-cdk-lib/aws-codebuild';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import { PROJECT_ENV } from '../core/job-env';
import { objectKeys } from '../core/keys';
import { repositoryUrl } from '../core/repository-url';
import { loadBuildSpec } from './build-spec';
import { bundledFile, PROJECT_FOLDER } from './bundle';
import type { ImageRepositories } from './image-repositories';
import type { ObjectStore } from './object-store';

/** How long a job may wait for a free machine. The account's limit of machines is shared with everybody else in it. */
export const QUEUE_LIMIT = Duration.hours(2);

export interface ImageBuilderProps {
  readonly store: ObjectStore;
  readonly repositories: ImageRepositories;
}

/**
 * Builds one image per job. A job runs whatever the repository's Dockerfiles say, so it has nothing worth taking: no secret, no right
 * to start anything, and the candidate repository as the only place it can write.
 */
export class ImageBuilder extends Construct {
  readonly project: Project;

  constructor(scope: Construct, id: string, { store, repositories }: ImageBuilderProps) {
    super(scope, id);
    const tool = this.jobTool();
    const logGroup = new LogGroup(this, 'Log', {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = this.role();
    logGroup.grantWrite(role);
    const toolObject = tool.bucket.arnForObjects(tool.s3ObjectKey);
    role.addToPolicy(new PolicyStatement({ actions: ['s3:GetObject'], resources: [toolObject] }));
    const source = store.fetching(objectKeys.sources('*'), objectKeys.source('*'));
    for (const statement of [...source, ...repositories.building()]) role.addToPolicy(statement);

    const { catalogFile, releases, candidates, mirrors, git } = repositories.settings;
    const variables = {
      [PROJECT_ENV.tool]: `${tool.s3BucketName}/${tool.s3ObjectKey}`,
      [PROJECT_ENV.catalogFile]: catalogFile,
      [PROJECT_ENV.releases]: `${releases.host}/${releases.namespace}`,
      [PROJECT_ENV.loginRegistry]: repositories.loginHost,
      // With the candidates: what a build may write is one repository.
      [PROJECT_ENV.cacheRepository]: `${candidates.host}/${candidates.repository}`,
      [PROJECT_ENV.mirrors]: Stack.of(this).toJsonString(mirrors),
      [PROJECT_ENV.repositoryUrl]: repositoryUrl(git) ?? '',
    };
    this.project = new Project(this, 'Project', {
      description: 'Builds one image of the monorepo and pushes it as a candidate',
      buildSpec: loadBuildSpec('image'),
      environment: {
        buildImage: LinuxBuildImage.STANDARD_7_0,
        computeType: ComputeType.MEDIUM,
        // Docker builds need it. See the class comment for what a job could do with it.
        privileged: true,
      },
      environmentVariables: Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, { value }])),
      // Every right is given above; CDK would add log groups and report groups of any name.
      role: role.withoutPolicyUpdates(),
      grantReportGroupPermissions: false,
      logging: { cloudWatch: { logGroup } },
      timeout: Duration.hours(1),
      queuedTimeout: QUEUE_LIMIT,
      autoRetryLimit: 0,
    });
    // The rights must be there before the first job, and CDK no longer sees that the project depends on them.
    this.project.node.addDependency(role);
  }

  /** The program that a job runs, one JavaScript file in the bootstrap bucket. */
  private jobTool(): Asset {
    return new Asset(this, 'JobTool', {
      path: join(PROJECT_FOLDER, 'buildspecs', 'job'),
      assetHashType: AssetHashType.OUTPUT,
      bundling: bundledFile({ entry: 'buildspecs/job/main.ts', file: 'job-tool.cjs', target: 'node20', external: [] }),
    });
  }

  /** Only builds of this account and region may take the role (CodeBuild's trust has no such condition by default). */
  private role(): Role {
    const project = Stack.of(this).formatArn({ service: 'codebuild', resource: 'project', resourceName: '*' });
    return new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('codebuild.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID }, ArnLike: { 'aws:SourceArn': project } },
      }),
    });
  }
}
