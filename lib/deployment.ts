/** Checks settings for a deployment, and finds its account and region. */
import { RegionInfo } from 'aws-cdk-lib/region-info';
import type { Problem } from '../core/contract/errors';
import { fleetRegion } from '../core/settings/build-images-schema';
import type { Deployment } from '../core/settings/parse-settings';
import { type EcrHost, isEcr, parseEcrHost, parseMirror } from '../core/settings/registry/names';
import type { Settings } from '../core/settings/schema';
import { authorityProblems } from './builders/authorities';

/** Lambda allows 4,096 bytes for all environment variables of a function. The others need less than 1,000. */
const MAX_SETTINGS_BYTES = 3000;
/** Both limits: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html. */
const MAX_FILTERS = 5;
const LONGEST_REPOSITORY = 256;

/** Returns the account and region of the settings' ECR host; undefined if the host is `ecr`, which is that of the deployment. */
export function deployTarget(settings: Settings): EcrHost | undefined {
  return parseEcrHost(settings.candidates.host) ?? parseEcrHost(settings.releases.host);
}

/**
 * Returns the checks of settings before a deployment: what CloudFormation would refuse, or the first run. `images` are the catalog's. Files that
 * the settings name begin at `folder`.
 */
export function deploymentOf(images: readonly string[], folder: string = process.cwd()): Deployment {
  return {
    problems: (settings) => [
      ...gitProblems(settings),
      ...registryProblems(settings),
      ...tagProblems(settings),
      ...accountProblems(settings),
      ...mirrorProblems(settings),
      ...scanProblems(settings),
      ...clusterProblems(settings),
      ...signingProblems(settings),
      ...authorityProblems(settings, folder),
      ...distantFleets(settings, deployTarget(settings)?.region),
      ...sizeProblems(settings, isEcr(settings.releases.host) ? images : []),
    ],
    constructOf: (path) => {
      const name = Object.keys(CONSTRUCTS).find((setting) => path === setting || path.startsWith(`${setting}.`));
      return (name === undefined ? undefined : CONSTRUCTS[name]) ?? 'the whole stack';
    },
  };
}

/** Path of the construct in the stack that a setting belongs to. Settings that are not listed belong to the whole stack. */
const CONSTRUCTS: Readonly<Record<string, string>> = {
  'git.reader': 'Secrets/GitReader',
  git: 'Secrets/Git',
  'valuesRepository.git.reader': 'Secrets/ValuesGitReader',
  valuesRepository: 'Secrets/ValuesGit',
  releases: 'Images',
  candidates: 'Images/Candidates',
  mirrors: 'Builder/Project',
  scan: 'Scan',
  maxConcurrency: 'Pipeline/StateMachine',
  fleets: 'Pipeline/StateMachine',
  packages: 'Packages',
  signing: 'Release',
  notices: 'Operations/Notices',
  alarms: 'Operations/Alarms',
  dashboard: 'Operations/Dashboard',
  webhookConcurrency: 'Webhook',
};

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
  for (const [path, host] of Object.entries({ 'candidates.host': candidates.host, 'releases.host': releases.host })) {
    const region = parseEcrHost(host)?.region;
    if (region === undefined || RegionInfo.regions.some(({ name }) => name === region)) continue;
    const message = `names the region '${region}', which this version of CDK does not know; write one such as eu-central-1`;
    problems.push({ path, message });
  }
  const elsewhere = isEcr(candidates.host) && isEcr(releases.host) && candidates.host !== releases.host;
  if (elsewhere) {
    const message = `is '${releases.host}' and candidates.host is '${candidates.host}'; a deployment has one ECR registry, so name the same one twice`;
    problems.push({ path: 'releases.host', message });
  }
  return problems;
}

/** Only ECR has patterns of movable tags, at most five. Content tags need one of them. */
function tagProblems({ releases: { host, movableTags } }: Settings): Problem[] {
  const path = 'releases.movableTags';
  if (!isEcr(host) && movableTags.length > 0) {
    const message = `has '${movableTags.join("', '")}', but on ${host} the registry decides which tags may move; leave it out`;
    return [{ path, message }];
  }
  if (movableTags.length < MAX_FILTERS) return [];
  const message = `has ${movableTags.length} patterns, '${movableTags.join("', '")}'; a repository of ECR takes ${MAX_FILTERS}, of which the tags that name content need one, so give at most ${MAX_FILTERS - 1}`;
  return [{ path, message }];
}

/** Other registries have their own way to share images. */
function accountProblems({ releases: { host, pullAccounts } }: Settings): Problem[] {
  if (isEcr(host) || pullAccounts.length === 0) return [];
  const message = `has ${pullAccounts.length} AWS accounts, but ${host} is not ECR; leave it out, and give access there`;
  return [{ path: 'releases.pullAccounts', message }];
}

/** A build is logged in to one registry, and may make repositories only below a prefix. */
function mirrorProblems({ mirrors, candidates }: Settings): Problem[] {
  return Object.entries(mirrors).flatMap(([name, mirror]) => {
    const { host, prefix } = parseMirror(mirror);
    const path = `mirrors.${name}`;
    if (!isEcr(host)) return [];
    if (host !== candidates.host) {
      const message = `is '${mirror}', but builds are logged in to '${candidates.host}' alone; use a pull-through cache of that registry`;
      return [{ path, message }];
    }
    if (prefix !== '') return [];
    const message = `is '${mirror}', which has no prefix; write that of the pull-through cache rule behind the host: ${host}/docker-hub`;
    return [{ path, message }];
  });
}

/** A function cannot run Trivy, and ECR scans its own images alone. */
function scanProblems({ scan, releases }: Settings): Problem[] {
  if (scan?.from === 'trivy') {
    const message =
      "is 'trivy', a program that only a local pipeline runs; write 'ecr', whose basic scans cost nothing";
    return [{ path: 'scan.from', message }];
  }
  if (scan === undefined || isEcr(releases.host)) return [];
  const message = `is 'ecr', but releases.host is '${releases.host}', whose images ECR does not scan; leave scan out, or release to ECR`;
  return [{ path: 'scan.from', message }];
}

/** Functions reach a cluster by the name of EKS and their role. */
function clusterProblems({ environments }: Settings): Problem[] {
  return environments.flatMap(({ deploy }, index) => {
    const { cluster } = deploy ?? {};
    if (cluster === undefined || !/^https?:/.test(cluster)) return [];
    const message = `is '${cluster}', but a deployed pipeline logs in to EKS with the role of its functions; write the name of the cluster`;
    return [{ path: `environments.${index}.deploy.cluster`, message }];
  });
}

/** A function has no file and no variable of this machine, and its environment is no place for a private key. */
function signingProblems({ signing = {} }: Settings): Problem[] {
  return (['keyFile', 'keyVariable'] as const).flatMap((name) => {
    const value = signing[name];
    if (value === undefined) return [];
    const message = `is '${value}', which only a run on one machine can read; name a key of KMS in signing.kmsKey`;
    return [{ path: `signing.${name}`, message }];
  });
}

/** Returns the fleets outside of the region of the stack: CodeBuild starts no build on them. An unknown region has no problems. */
export function distantFleets({ fleets = [] }: Pick<Settings, 'fleets'>, region: string | undefined): Problem[] {
  return fleets.flatMap((fleet, index) => {
    const own = fleetRegion(fleet);
    if (region === undefined || own === region) return [];
    const message = `is in ${own}, and the stack in ${region}; name a fleet of ${region}`;
    return [{ path: `fleets.${index}.arn`, message }];
  });
}

function sizeProblems(settings: Settings, images: readonly string[]): Problem[] {
  const problems: Problem[] = [];
  const tooLong = images
    .map((image) => `${settings.releases.namespace}/${image}`)
    .filter((name) => name.length > LONGEST_REPOSITORY);
  for (const name of tooLong) {
    const message = `makes the repository name '${name}' of ${name.length} characters, of which ECR allows ${LONGEST_REPOSITORY}; use a shorter namespace`;
    problems.push({ path: 'releases.namespace', message });
  }
  if (settings.candidates.repository.length > LONGEST_REPOSITORY) {
    const message = `is a name of ${settings.candidates.repository.length} characters, of which ECR allows ${LONGEST_REPOSITORY}; use a shorter one`;
    problems.push({ path: 'candidates.repository', message });
  }
  const bytes = Buffer.byteLength(JSON.stringify(settings));
  if (bytes > MAX_SETTINGS_BYTES) {
    const message = `have ${bytes} bytes as JSON, and Lambda's environment has room for ${MAX_SETTINGS_BYTES}; use fewer branch rules, with * in their patterns, and fewer checks`;
    problems.push({ path: 'settings', message });
  }
  return problems;
}
