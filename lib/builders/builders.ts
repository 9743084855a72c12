/** The build projects of images and modules. They have no source of their own: jobs get everything from the state machine. */
import { Stack } from 'aws-cdk-lib';
import { ComputeType, type Project } from 'aws-cdk-lib/aws-codebuild';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { MODULE_PROJECT_ENV, PROJECT_ENV } from '../../core/contract/job-environment';
import { objectKeys } from '../../core/contract/keys';
import { buildImages } from '../../core/image/build-images';
import { repositoryUrl } from '../../core/settings/git-pages';
import { type BuildSecrets, parsePlace } from '../../core/settings/secrets/schema';
import type { ImageRepositories } from '../storage/image-repositories';
import type { PackageRepository } from '../storage/package-repository';
import type { ObjectStore } from '../storage/stores';
import { type BuildPlatform, buildProject } from './build-project';

export interface ImageBuilderProps extends BuildPlatform {
  readonly store: ObjectStore;
  readonly repositories: ImageRepositories;
  /** True if a job may build several images, whose list it reads. */
  readonly shared: boolean;
}

/**
 * Builds one image per job, or several of one commit. A job runs any code of the repository's Dockerfiles and commands, so it has nothing worth stealing. It has no right to
 * start anything, and write access to the candidate repository only. It may read the secrets of `buildSecrets`, so that anyone who may push to a built branch may, too.
 */
export class ImageBuilder extends Construct {
  readonly project: Project;

  constructor(scope: Construct, id: string, { store, repositories, shared, ...platform }: ImageBuilderProps) {
    super(scope, id);
    const {
      catalogFile,
      releases,
      candidates,
      mirrors,
      git,
      buildImages: images,
      buildSecrets = {},
    } = repositories.settings;
    this.project = buildProject(this, platform, {
      description: 'Builds one image of the monorepo and pushes it as a candidate',
      buildspec: 'image',
      computeType: ComputeType.MEDIUM,
      // Docker requires it. The class comment says what a job could do with it.
      privileged: true,
      variables: {
        [PROJECT_ENV.tool]: platform.tool.location,
        [PROJECT_ENV.catalogFile]: catalogFile,
        [PROJECT_ENV.releases]: `${releases.host}/${releases.namespace}`,
        [PROJECT_ENV.loginRegistry]: repositories.loginHost,
        // The cache shares the candidates' repository, the only one that a build may write.
        [PROJECT_ENV.cacheRepository]: `${candidates.host}/${candidates.repository}`,
        [PROJECT_ENV.mirrors]: Stack.of(this).toJsonString(mirrors),
        [PROJECT_ENV.buildImages]: JSON.stringify(buildImages(images)),
        [PROJECT_ENV.secrets]: JSON.stringify(buildSecrets),
        [PROJECT_ENV.repositoryUrl]: repositoryUrl(git) ?? '',
      },
      rights: [
        platform.tool.fetching(),
        ...store.fetching(objectKeys.sources('*'), objectKeys.source('*')),
        ...(shared ? [store.reading(objectKeys.machine('*', '*'))] : []),
        ...repositories.building(),
        ...readingBuildSecrets(buildSecrets),
      ],
    });
  }
}

export interface ModuleBuilderProps extends BuildPlatform {
  readonly store: ObjectStore;
  readonly packages: PackageRepository;
  /** Path of the catalog in the monorepo. */
  readonly catalogFile: string;
}

/** Builds and tests one module per job. The publish step decides what is published, and under which name. */
export class ModuleBuilder extends Construct {
  readonly project: Project;

  constructor(scope: Construct, id: string, { store, packages, catalogFile, ...platform }: ModuleBuilderProps) {
    super(scope, id);
    this.project = buildProject(this, platform, {
      description: 'Builds and tests one module of the monorepo',
      buildspec: 'module',
      computeType: ComputeType.SMALL,
      privileged: false,
      variables: {
        [MODULE_PROJECT_ENV.tool]: platform.tool.location,
        [MODULE_PROJECT_ENV.catalogFile]: catalogFile,
        [MODULE_PROJECT_ENV.domain]: packages.domain,
        [MODULE_PROJECT_ENV.repository]: packages.repository,
      },
      rights: [
        platform.tool.fetching(),
        ...store.fetching(objectKeys.sources('*'), objectKeys.source('*')),
        store.writing(`${objectKeys.packages('*', '*')}*`),
        ...packages.installing(),
      ],
    });
  }
}

export interface CommandRunnerProps extends Omit<BuildPlatform, 'tool'> {
  readonly store: ObjectStore;
  /** Names of the EKS clusters that commands may look up. Their access entries decide what a command may do there. */
  readonly clusters: readonly string[];
}

/** Runs deployments and checks that are commands, at the released commit. It can write neither a registry nor git. */
export class CommandRunner extends Construct {
  readonly project: Project;

  constructor(scope: Construct, id: string, { store, clusters, ...platform }: CommandRunnerProps) {
    super(scope, id);
    this.project = buildProject(this, platform, {
      description: 'Deploys and checks an environment by Helm or a script of the monorepo',
      buildspec: 'command',
      computeType: ComputeType.SMALL,
      privileged: false,
      variables: {},
      rights: [
        ...store.fetching(objectKeys.sources('*'), objectKeys.source('*')),
        ...describingClusters(this, clusters),
      ],
    });
  }
}

/** Returns the right to look up clusters of EKS by their names; none without names. */
export function describingClusters(scope: Construct, names: readonly string[]): PolicyStatement[] {
  if (names.length === 0) return [];
  const resources = names.map((resourceName) =>
    Stack.of(scope).formatArn({ service: 'eks', resource: 'cluster', resourceName }),
  );
  return [new PolicyStatement({ actions: ['eks:DescribeCluster'], resources })];
}

/**
 * Returns the rights to read these secrets and no other. A key of the account that encrypts one decrypts it only under the secret's name, which Secrets
 * Manager puts into the encryption context (its user guide, "Secret encryption and decryption"). Throws for a place that only one machine has.
 */
function readingBuildSecrets(buildSecrets: BuildSecrets): readonly PolicyStatement[] {
  const places = Object.entries(buildSecrets).map(([id, text]) => ({ id, text, place: parsePlace(text) }));
  const here = places.filter(({ place }) => place.kind !== 'secret');
  if (here.length > 0) {
    const list = here.map(({ id, text }) => `${id} at ${text}`).join(', ');
    throw new Error(
      `the setting buildSecrets has ${list}, which no build machine in AWS has; give the ARN of a secret`,
    );
  }
  const secrets = places.flatMap(({ place }) => (place.kind === 'secret' ? [place] : []));
  if (secrets.length === 0) return [];
  const arns = [...new Set(secrets.map(({ arn }) => arn))];
  const keys = secrets.map(
    ({ arn, region, account }) => `${arn.split(':').slice(0, 2).join(':')}:kms:${region}:${account}:key/*`,
  );
  return [
    new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: arns }),
    new PolicyStatement({
      actions: ['kms:Decrypt'],
      resources: [...new Set(keys)],
      conditions: { StringEquals: { 'kms:EncryptionContext:SecretARN': arns } },
    }),
  ];
}
