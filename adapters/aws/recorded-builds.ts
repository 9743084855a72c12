/** Past builds of a deployed stack. CodeBuild keeps them for a year. */
import { CloudFormationClient, ListStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import {
  BatchGetBuildsCommand,
  type Build,
  CodeBuildClient,
  ListBuildsForProjectCommand,
} from '@aws-sdk/client-codebuild';
import { JOB_ENV } from '../../core/contract/job-environment';
import type { RecordedBuild } from '../../core/estimate/estimate-builds';

/** Pages of 100 builds that are read of one project. */
const PAGES = 10;
/** Phases in which a job waits for a machine, which is not part of the build. */
const WAITING: readonly (string | undefined)[] = ['SUBMITTED', 'QUEUED'];

/** Returns the successful ones among the last 1,000 builds of each project of the stack. Throws errors of the SDK. */
export async function readRecordedBuilds(stack: string, region: string): Promise<readonly RecordedBuild[]> {
  const client = new CodeBuildClient({ region });
  const projects = await projectsOf(stack, new CloudFormationClient({ region }));
  const builds = await Promise.all(projects.map((project) => buildsOf(project, client)));
  return builds.flat().flatMap(recordedBuild);
}

async function projectsOf(stack: string, client: CloudFormationClient): Promise<readonly string[]> {
  const found: string[] = [];
  let token: string | undefined;
  do {
    const page = await client.send(new ListStackResourcesCommand({ StackName: stack, NextToken: token }));
    for (const { ResourceType: type, PhysicalResourceId: id } of page.StackResourceSummaries ?? []) {
      if (type === 'AWS::CodeBuild::Project' && id !== undefined) found.push(id);
    }
    token = page.NextToken;
  } while (token !== undefined);
  return found;
}

async function buildsOf(projectName: string, client: CodeBuildClient): Promise<readonly Build[]> {
  const found: Build[] = [];
  let nextToken: string | undefined;
  for (let page = 0; page < PAGES; page += 1) {
    const listed = await client.send(
      new ListBuildsForProjectCommand({ projectName, sortOrder: 'DESCENDING', nextToken }),
    );
    const ids = listed.ids ?? [];
    if (ids.length > 0) found.push(...((await client.send(new BatchGetBuildsCommand({ ids }))).builds ?? []));
    nextToken = listed.nextToken;
    if (nextToken === undefined) break;
  }
  return found;
}

function recordedBuild({ buildStatus, endTime, phases = [], environment }: Build): readonly RecordedBuild[] {
  const service = environment?.environmentVariables?.find(({ name }) => name === JOB_ENV.service)?.value;
  if (buildStatus !== 'SUCCEEDED' || endTime === undefined || service === undefined) return [];
  const working = phases.filter(({ phaseType }) => !WAITING.includes(phaseType));
  const seconds = working.reduce((sum, { durationInSeconds = 0 }) => sum + durationInSeconds, 0);
  return seconds > 0 ? [{ service, seconds, endedAt: endTime.getTime() }] : [];
}
