/** The functions that the state machine calls, with what each may do. The rights are exact: a test compares them one by one. */
import { Duration, Stack } from 'aws-cdk-lib';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { Stage } from '../../core/catalog/model';
import { objectKeys } from '../../core/contract/keys';
import type { JobSource } from '../../core/planning/job-source';
import {
  APPROVAL_ENV,
  CANDIDATE_ENV,
  COMMIT_ENV,
  FAIL_FAST_ENV,
  LAMBDA_ENV,
  OUTCOME_ENV,
  PLAN_ENV,
  PUBLISH_ENV,
  RELEASE_ENV,
  REPORT_ENV,
} from '../../lambdas/shared/environment';
import type { ClaimsTable } from '../storage/claims-table';
import type { ImageRepositories } from '../storage/image-repositories';
import type { ObjectStore } from '../storage/object-store';
import type { PackageRepository } from '../storage/package-repository';
import { readingSecrets, type Secrets } from '../storage/secrets';
import { lambdaEnvironment, nodeLambda } from './node-lambda';

/** What steps work with. */
export interface StepResources {
  /** Settings of the deployment as JSON. */
  readonly settings: string;
  readonly store: ObjectStore;
  readonly claims: ClaimsTable;
  readonly secrets: Secrets;
  readonly repositories: ImageRepositories;
  /** Set if modules are published. */
  readonly publishing: Publishing | undefined;
}

/** Where modules are published, and in which stages. */
export interface Publishing {
  readonly packages: PackageRepository;
  readonly stages: readonly string[];
}

/** Reads git and registry; writes the plan, the source archive and the lists that explain later differences. */
export function planFunction(
  scope: Construct,
  resources: StepResources,
  stages: readonly Stage[],
  jobs: JobSource,
): LambdaFunction {
  const { settings, store, secrets, repositories, publishing } = resources;
  return nodeLambda(scope, 'Plan', {
    description: 'Decides which images a run builds, retags or keeps, and why',
    environment: {
      ...lambdaEnvironment(PLAN_ENV, {
        settings,
        bucket: store.bucket.bucketName,
        stages: JSON.stringify(stages.map((stage) => stage.name)),
        jobs,
        gitSecret: secrets.gitReader,
      }),
      ...registryLogin(secrets),
      ...packageIndex(publishing),
    },
    timeout: Duration.minutes(10),
    memory: 3008,
    rights: [
      store.asking(),
      store.reading(
        objectKeys.plan('*'),
        objectKeys.source('*'),
        objectKeys.inputs('*', '*'),
        objectKeys.manifest('*'),
        objectKeys.candidate('*'),
      ),
      store.writing(
        objectKeys.plan('*'),
        objectKeys.source('*'),
        objectKeys.inputs('*', '*'),
        objectKeys.manifest('*'),
        ...(jobs === 'store' ? [objectKeys.jobs('*', '*')] : []),
        ...(jobs === 'store' && publishing !== undefined ? [objectKeys.moduleJobs('*', '*')] : []),
      ),
      readingSecrets(secrets.gitReader, secrets.registry),
      ...repositories.asking(),
      ...(publishing?.packages.asking() ?? []),
    ],
  });
}

/** Keeps the manifests of images that were just built. */
export function candidateFunction(scope: Construct, resources: StepResources): LambdaFunction {
  const { settings, store, repositories } = resources;
  return nodeLambda(scope, 'Candidate', {
    description: 'Sees that an image was pushed, and keeps its manifests',
    environment: lambdaEnvironment(CANDIDATE_ENV, { settings, bucket: store.bucket.bucketName }),
    timeout: Duration.minutes(5),
    memory: 512,
    rights: [
      store.asking(),
      store.reading(objectKeys.manifest('*')),
      store.writing(objectKeys.manifest('*'), objectKeys.candidate('*')),
      ...repositories.seeingCandidates(),
    ],
  });
}

/** The only one that may write the package index. */
export function publishFunction(scope: Construct, { store }: StepResources, publishing: Publishing): LambdaFunction {
  return nodeLambda(scope, 'Publish', {
    description: 'Puts a module that was built into the package index',
    environment: lambdaEnvironment(PUBLISH_ENV, {
      bucket: store.bucket.bucketName,
      packageIndex: indexName(publishing),
    }),
    timeout: Duration.minutes(5),
    memory: 512,
    rights: [
      store.asking(),
      store.reading(objectKeys.plan('*'), `${objectKeys.packages('*', '*')}*`),
      store.writing(objectKeys.published('*', '*')),
      ...publishing.packages.publishing(),
    ],
  });
}

/** Turns the error of a build into one line, and stores that for the report. */
export function outcomeFunction(scope: Construct, { store }: StepResources): LambdaFunction {
  return nodeLambda(scope, 'Outcome', {
    description: 'Says in one line why a build did not succeed',
    environment: lambdaEnvironment(OUTCOME_ENV, { bucket: store.bucket.bucketName }),
    timeout: Duration.minutes(1),
    memory: 256,
    rights: [store.writing(objectKeys.failure('*', '*'), objectKeys.failed('*', '*'))],
  });
}

/** Looks whether a job of the run has failed. */
export function failFastFunction(scope: Construct, { store }: StepResources): LambdaFunction {
  return nodeLambda(scope, 'FailFast', {
    description: 'Says whether a job may start, or another one has failed before',
    environment: lambdaEnvironment(FAIL_FAST_ENV, { bucket: store.bucket.bucketName }),
    timeout: Duration.minutes(1),
    memory: 256,
    rights: [store.asking(), store.reading(objectKeys.failed('*', '*'))],
  });
}

/** Puts the question of an approval into the store, for whoever may read it there. */
export function approvalFunction(scope: Construct, { store }: StepResources): LambdaFunction {
  return nodeLambda(scope, 'Approval', {
    description: 'Asks a person to approve a run',
    environment: lambdaEnvironment(APPROVAL_ENV, { bucket: store.bucket.bucketName }),
    timeout: Duration.minutes(1),
    memory: 256,
    rights: [store.asking(), store.reading(objectKeys.failure('*', '*')), store.writing(objectKeys.approval('*'))],
  });
}

/** The only one that may write a release repository. */
export function releaseFunction(scope: Construct, resources: StepResources): LambdaFunction {
  const { settings, store, claims, secrets, repositories } = resources;
  return nodeLambda(scope, 'Release', {
    description: 'Gives all images of a run their versions, by manifest',
    environment: {
      ...lambdaEnvironment(RELEASE_ENV, {
        settings,
        bucket: store.bucket.bucketName,
        claimsTable: claims.table.tableName,
      }),
      ...registryLogin(secrets),
    },
    timeout: Duration.minutes(15),
    memory: 2048,
    rights: [
      store.asking(),
      store.reading(objectKeys.plan('*'), objectKeys.failure('*', '*'), objectKeys.manifest('*')),
      store.writing(objectKeys.release('*'), objectKeys.manifest('*')),
      claims.claiming(),
      ...(secrets.registry === undefined ? [] : [readingSecrets(secrets.registry)]),
      ...repositories.releasing(),
    ],
  });
}

/** The only one that moves the values file, and that needs the login that writes. */
export function commitFunction(scope: Construct, { settings, store, secrets }: StepResources): LambdaFunction {
  return nodeLambda(scope, 'Commit', {
    description: 'Moves values file, version lock and version table in one commit',
    environment: lambdaEnvironment(COMMIT_ENV, {
      settings,
      bucket: store.bucket.bucketName,
      gitSecret: secrets.git,
    }),
    timeout: Duration.minutes(5),
    memory: 1024,
    rights: [store.asking(), store.reading(objectKeys.release('*')), readingSecrets(secrets.git)],
  });
}

/** Stores report and summary, and writes the commit's status. */
export function reportFunction(scope: Construct, { settings, store, secrets }: StepResources): LambdaFunction {
  return nodeLambda(scope, 'Report', {
    description: 'Tells how a run ended',
    environment: lambdaEnvironment(REPORT_ENV, {
      settings,
      bucket: store.bucket.bucketName,
      gitSecret: secrets.gitReader,
    }),
    timeout: Duration.minutes(2),
    memory: 512,
    rights: [
      store.asking(),
      store.reading(
        objectKeys.plan('*'),
        objectKeys.candidate('*'),
        objectKeys.published('*', '*'),
        objectKeys.failure('*', '*'),
        objectKeys.release('*'),
        objectKeys.report('*'),
      ),
      store.writing(objectKeys.report('*'), objectKeys.summary('*')),
      readingSecrets(secrets.gitReader),
    ],
  });
}

/** Throws the error of a run that failed. Has no right to anything. */
export function endFunction(scope: Construct): LambdaFunction {
  return nodeLambda(scope, 'End', {
    description: 'Ends a run that failed with its error, unless it is redriven',
    environment: {},
    timeout: Duration.minutes(1),
    memory: 256,
    rights: [],
  });
}

/** Which package index the plan asks, and which stages publish; nothing where no module is published. */
export function packageIndex(publishing: Publishing | undefined): Readonly<Record<string, string>> {
  if (publishing === undefined) return {};
  return {
    [LAMBDA_ENV.packageIndex]: indexName(publishing),
    [LAMBDA_ENV.publishing]: JSON.stringify(publishing.stages),
  };
}

function indexName({ packages }: Publishing): string {
  const { domain, repository } = packages;
  return Stack.of(packages).toJsonString({ domain, repository });
}

/** Where the login of the release registry is; nothing for ECR, where the role is the login. */
export function registryLogin({ registry }: Secrets): Readonly<Record<string, string>> {
  return registry === undefined ? {} : { [LAMBDA_ENV.registrySecret]: registry };
}
