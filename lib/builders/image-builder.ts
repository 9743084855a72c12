/** The build machine of images: a CodeBuild project without a source of its own, whose jobs get everything from the state machine. */
import { Stack } from 'aws-cdk-lib';
import { ComputeType, type Project } from 'aws-cdk-lib/aws-codebuild';
import { Construct } from 'constructs';
import { PROJECT_ENV } from '../../core/contract/job-environment';
import { objectKeys } from '../../core/contract/keys';
import { repositoryUrl } from '../../core/settings/git-login';
import type { ImageRepositories } from '../storage/image-repositories';
import type { ObjectStore } from '../storage/object-store';
import type { JobTool } from './build-project';
import { buildProject } from './build-project';

export interface ImageBuilderProps {
  readonly store: ObjectStore;
  readonly repositories: ImageRepositories;
  readonly tool: JobTool;
}

/**
 * Builds one image per job. A job runs whatever the repository's Dockerfiles say, so it has nothing worth taking: no secret, no right
 * to start anything, and the candidate repository as the only place it can write.
 */
export class ImageBuilder extends Construct {
  readonly project: Project;

  constructor(scope: Construct, id: string, { store, repositories, tool }: ImageBuilderProps) {
    super(scope, id);
    const { catalogFile, releases, candidates, mirrors, git } = repositories.settings;
    this.project = buildProject(this, {
      description: 'Builds one image of the monorepo and pushes it as a candidate',
      buildspec: 'image',
      computeType: ComputeType.MEDIUM,
      // Docker builds need it. See the class comment for what a job could do with it.
      privileged: true,
      variables: {
        [PROJECT_ENV.tool]: tool.location,
        [PROJECT_ENV.catalogFile]: catalogFile,
        [PROJECT_ENV.releases]: `${releases.host}/${releases.namespace}`,
        [PROJECT_ENV.loginRegistry]: repositories.loginHost,
        // With the candidates: what a build may write is one repository.
        [PROJECT_ENV.cacheRepository]: `${candidates.host}/${candidates.repository}`,
        [PROJECT_ENV.mirrors]: Stack.of(this).toJsonString(mirrors),
        [PROJECT_ENV.repositoryUrl]: repositoryUrl(git) ?? '',
      },
      rights: [
        tool.fetching(),
        ...store.fetching(objectKeys.sources('*'), objectKeys.source('*')),
        ...repositories.building(),
      ],
    });
  }
}
