/** Past builds of a deployed stack. CodeBuild keeps them for a year. */
import { CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import {
  BatchGetBuildsCommand,
  type Build,
  CodeBuildClient,
  paginateListBuildsForProject,
} from '@aws-sdk/client-codebuild';
import type { RecordedJob, RecordedShortage } from '../../core/contract/estimate';
import { moduleOutcomeName } from '../../core/contract/job';
import { JOB_ENV, MACHINE_JOB_ENV, MODULE_JOB_ENV } from '../../core/contract/job-environment';
import { readJobTimes, sharedJobs } from '../../core/estimate/job-times';
import { isOutOfMemoryMessage } from '../../core/report/outcome';

/** Pages of 100 builds that are read of one project. */
const PAGES = 10;

/** The builds that estimates learn from. */
interface RecordedBuilds {
  readonly jobs: readonly RecordedJob[];
  readonly shortages: readonly RecordedShortage[];
}

/** Returns the successful ones, and those with too little memory, of the last 1,000 builds of each project of the stack. Throws errors of the SDK. */
export async function readRecordedBuilds(stack: string, region: string): Promise<RecordedBuilds> {
  const client = new CodeBuildClient({ region });
  const projects = await projectsOf(stack, new CloudFormationClient({ region }));
  const builds = await Promise.all(projects.map((project) => buildsOf(project, client)));
  const all = builds.flat();
  return { jobs: all.flatMap(recordedBuild), shortages: all.flatMap(recordedShortage) };
}

async function projectsOf(stack: string, client: CloudFormationClient): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { StackResourceSummaries = [] } of paginateListStackResources({ client }, { StackName: stack })) {
    for (const { ResourceType: type, PhysicalResourceId: id } of StackResourceSummaries) {
      if (type === 'AWS::CodeBuild::Project' && id !== undefined) found.push(id);
    }
  }
  return found;
}

async function buildsOf(projectName: string, client: CodeBuildClient): Promise<readonly Build[]> {
  const found: Build[] = [];
  let page = 0;
  for await (const { ids = [] } of paginateListBuildsForProject({ client }, { projectName, sortOrder: 'DESCENDING' })) {
    if (ids.length > 0) found.push(...((await client.send(new BatchGetBuildsCommand({ ids }))).builds ?? []));
    page += 1;
    if (page === PAGES) break;
  }
  return found;
}

function variableOf(build: Build, wanted: string): string | undefined {
  return build.environment?.environmentVariables?.find(({ name }) => name === wanted)?.value;
}

function recordedShortage(build: Build): readonly RecordedShortage[] {
  const messages = build.phases?.flatMap(({ contexts = [] }) => contexts.flatMap(({ message }) => message ?? []));
  const name = variableOf(build, JOB_ENV.service);
  const times = readJobTimes(build);
  if (name === undefined || times === undefined || messages?.some(isOutOfMemoryMessage) !== true) return [];
  return [{ name, machine: times.machine, at: times.endedAt }];
}

function recordedBuild(build: Build): readonly RecordedJob[] {
  const variable = (wanted: string) => variableOf(build, wanted);
  const module = variable(MODULE_JOB_ENV.module);
  if (variable(MACHINE_JOB_ENV.list) !== undefined) return build.buildStatus === 'SUCCEEDED' ? sharedJobs(build) : [];
  const name = module === undefined ? variable(JOB_ENV.service) : moduleOutcomeName(module);
  const times = readJobTimes(build);
  return build.buildStatus !== 'SUCCEEDED' || name === undefined || times === undefined ? [] : [{ name, ...times }];
}
