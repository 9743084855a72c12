/** What settings mean for a deployment: where it goes, and which settings cannot be deployed at all. */
import { RegionInfo } from 'aws-cdk-lib/region-info';
import { ERROR_NAMES } from '../core/contract';
import { InvalidInputError, type Problem } from '../core/errors';
import type { Settings } from '../core/settings';
import { type EcrHost, isEcr, parseEcrHost } from './ecr-host';

/** CloudFormation allows 500 resources in a stack; the pipeline itself has about 60, every image one repository. */
const MOST_IMAGES = 400;
/** Lambda allows 4,096 bytes for all environment variables of a function; the others need less than 1,000. */
const MOST_SETTINGS_BYTES = 3000;

/** The account and region that the settings name by an ECR host, or undefined if they leave it to the deployment. */
export function deployTarget(settings: Settings): EcrHost | undefined {
  return parseEcrHost(settings.candidates.host) ?? parseEcrHost(settings.releases.host);
}

/** Throws `InvalidSettings` with everything that would fail at deployment or in the first run. */
export function checkDeployable(settings: Settings, images: readonly string[]): void {
  const problems = [
    ...gitProblems(settings),
    ...registryProblems(settings),
    ...sizeProblems(settings, isEcr(settings.releases.host) ? images : []),
  ];
  if (problems.length > 0) {
    throw new InvalidInputError('the settings cannot be deployed', problems, undefined, ERROR_NAMES.invalidSettings);
  }
}

function gitProblems({ git }: Settings): Problem[] {
  if (git.host !== 'local') return [];
  const message = "is 'local', a folder that no Lambda function can see; name a git host such as 'github'";
  return [{ path: 'git.host', message }];
}

function registryProblems({ candidates, releases }: Settings): Problem[] {
  const problems: Problem[] = [];
  if (!isEcr(candidates.host)) {
    const message = `is '${candidates.host}', but a build has no password, only the rights of its role; write 'ecr' or <account>.dkr.ecr.<region>.amazonaws.com`;
    problems.push({ path: 'candidates.host', message });
  }
  const region = parseEcrHost(candidates.host)?.region;
  const isKnown = region === undefined || RegionInfo.regions.some(({ name }) => name === region);
  if (!isKnown) {
    const message = `names the region '${region}', which this version of CDK does not know; write one such as eu-central-1`;
    problems.push({ path: 'candidates.host', message });
  }
  const elsewhere = isEcr(candidates.host) && isEcr(releases.host) && candidates.host !== releases.host;
  if (elsewhere) {
    const message = `is '${releases.host}' and candidates.host is '${candidates.host}'; a deployment has one ECR registry, so name the same one twice`;
    problems.push({ path: 'releases.host', message });
  }
  return problems;
}

function sizeProblems(settings: Settings, images: readonly string[]): Problem[] {
  const problems: Problem[] = [];
  if (images.length > MOST_IMAGES) {
    const message = `the catalog has ${images.length} images, and one stack can hold ${MOST_IMAGES} ECR repositories; use a registry that makes repositories by itself, or split the catalog`;
    problems.push({ path: 'releases.host', message });
  }
  const bytes = Buffer.byteLength(JSON.stringify(settings));
  if (bytes > MOST_SETTINGS_BYTES) {
    const message = `have ${bytes} bytes as JSON, and Lambda's environment has room for ${MOST_SETTINGS_BYTES}; use fewer branch rules, with * in their patterns`;
    problems.push({ path: 'settings', message });
  }
  return problems;
}
