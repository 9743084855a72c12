/** The build project of modules. Its jobs run code of the repository, so they may write only the folder that the publish step reads. */
import { ComputeType, type Project } from 'aws-cdk-lib/aws-codebuild';
import { Construct } from 'constructs';
import { MODULE_PROJECT_ENV } from '../../core/contract/job-environment';
import { objectKeys } from '../../core/contract/keys';
import type { ObjectStore } from '../storage/object-store';
import type { PackageRepository } from '../storage/package-repository';
import { type BuildPlatform, buildProject } from './build-project';

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
        ...store.fetching(objectKeys.sources('*'), objectKeys.source('*')),
        store.writing(`${objectKeys.packages('*', '*')}*`),
        ...packages.installing(),
      ],
    });
  }
}
