/** The build machine of modules. Its jobs run code of the repository, and so may write nothing but the folder that the publish step reads. */
import { ComputeType, type Project } from 'aws-cdk-lib/aws-codebuild';
import { Construct } from 'constructs';
import { MODULE_PROJECT_ENV } from '../../core/contract/job-environment';
import { objectKeys } from '../../core/contract/keys';
import type { ObjectStore } from '../storage/object-store';
import type { PackageRepository } from '../storage/package-repository';
import type { JobTool } from './build-project';
import { buildProject } from './build-project';

export interface ModuleBuilderProps {
  readonly store: ObjectStore;
  readonly packages: PackageRepository;
  readonly tool: JobTool;
  /** Path of the catalog in the monorepo. */
  readonly catalogFile: string;
}

/** Builds and tests one module per job. What is published, and under which name, is for the publish step to decide. */
export class ModuleBuilder extends Construct {
  readonly project: Project;

  constructor(scope: Construct, id: string, { store, packages, tool, catalogFile }: ModuleBuilderProps) {
    super(scope, id);
    this.project = buildProject(this, {
      description: 'Builds and tests one module of the monorepo',
      buildspec: 'module',
      computeType: ComputeType.SMALL,
      privileged: false,
      variables: {
        [MODULE_PROJECT_ENV.tool]: tool.location,
        [MODULE_PROJECT_ENV.catalogFile]: catalogFile,
        [MODULE_PROJECT_ENV.domain]: packages.domain,
        [MODULE_PROJECT_ENV.repository]: packages.repository,
      },
      rights: [
        tool.fetching(),
        ...store.fetching(objectKeys.sources('*'), objectKeys.source('*')),
        store.writing(`${objectKeys.packages('*', '*')}*`),
        ...packages.installing(),
      ],
    });
  }
}
