/** Judges the account's limits: whether a full release runs as fast as its catalog allows. */
import type { Catalog } from '../catalog/model';
import { type BuildMachine, machineOf, QUEUED_PER_BUILD, START_RETRY_HOURS } from '../contract/job';
import { simulate } from '../estimate/simulate';
import { type Finding, ok, problem } from './finding';

/** A limit of an AWS service as it applies to the account now. */
export interface Quota {
  readonly service: 'codebuild' | 'ecr' | 'lambda';
  readonly code: string;
  readonly name: string;
  readonly value: number;
}

/** PutImage calls per second and account: the rate of the registry client. */
const PUTS_PER_SECOND = 10;

const PUT_IMAGE_QUOTA = 'Rate of PutImage requests';

const LAMBDA_QUOTA = 'Concurrent executions';

/** Lambda keeps this many for functions that reserve none, and refuses a deployment that leaves fewer. */
const UNRESERVED = 100;

/** A higher quota is requested if a full release takes more than this many times its shortest time. */
const ACCEPTABLE_SLOWDOWN = 1.1;

const SIZES = { small: 'Small', medium: 'Medium', large: 'Large', xlarge: 'XLarge', '2xlarge': '2XLarge' } as const;

/** Returns the name that Service Quotas has for the concurrent builds on a machine. */
function buildsQuota({ compute, architecture }: BuildMachine): string {
  return `Concurrently running builds for ${architecture === 'arm64' ? 'ARM' : 'Linux'}/${SIZES[compute]} environment`;
}

/** Returns one finding for each kind of machine in the catalog that has no fleet. `stageConcurrency` is the setting `maxConcurrency`. */
export function judgeBuildQuotas(
  { services, stages }: Catalog,
  stageConcurrency: number,
  quotas: readonly Quota[],
  region: string,
  fleets: readonly BuildMachine[] = [],
): readonly Finding[] {
  const names = quotasOf(services, fleets);
  return names.map((name) => {
    const check = `quota ${kindOf(name)} builds`;
    const quota = quotas.find((each) => each.service === 'codebuild' && each.name === name);
    const jobs = services.filter((service) => buildsQuota(machineOf(service)) === name);
    const simulation = { jobs, stages, stageConcurrency };
    const free = simulate({ ...simulation, builders: jobs.length });
    const wanted = mostAtOnce(free.jobs);
    if (quota === undefined) return unknownQuota(check, 'codebuild', name, region);
    const fix = increase(quota, wanted, region);
    const builders = Math.floor(quota.value);
    if (builders < 1) return problem(check, `${quota.value} at a time, so that no build can start`, fix);
    const { minutes } = simulate({ ...simulation, builders });
    const speed = `a full build of the catalog takes ${minutes} minutes, and ${free.minutes} with ${wanted}`;
    const text = `${quota.value} at a time; ${speed}${refusals(builders, wanted, minutes)}`;
    return minutes <= free.minutes * ACCEPTABLE_SLOWDOWN ? ok(check, text) : problem(check, text, fix);
  });
}

/** The settings that count on builds at a time. */
interface BuildSettings {
  readonly builders?: number | undefined;
  readonly fleets?: readonly BuildMachine[] | undefined;
  readonly machineSize?: 'catalog' | 'recorded';
}

/** Returns the findings of all settings that count on builds at a time. */
export function judgeBuildSettings(
  catalog: Pick<Catalog, 'services'>,
  settings: BuildSettings,
  quotas: readonly Quota[],
  region: string,
): readonly Finding[] {
  return [judgeBuilders, judgeMachineSize].flatMap((judge) => judge(catalog, settings, quotas, region));
}

/**
 * Returns a finding for each size that runs fewer builds at a time than the usual one, if recorded builds choose sizes: quotas are by size, so
 * that images on a smaller machine could wait for each other.
 */
function judgeMachineSize(
  { services }: Pick<Catalog, 'services'>,
  { machineSize, builders = Number.POSITIVE_INFINITY, fleets = [] }: BuildSettings,
  quotas: readonly Quota[],
  region: string,
): readonly Finding[] {
  if (machineSize !== 'recorded') return [];
  const open = services.filter(({ compute }) => compute === undefined).map(machineOf);
  const free = open.filter((machine) => !fleets.some((fleet) => buildsQuota(fleet) === buildsQuota(machine)));
  return [...new Set(free.map(({ architecture }) => architecture))].flatMap((architecture) => {
    const quotaOf = (compute: BuildMachine['compute']) => {
      const name = buildsQuota({ compute, architecture });
      return quotas.find((each) => each.service === 'codebuild' && each.name === name);
    };
    const images = free.filter((machine) => machine.architecture === architecture).length;
    const wanted = Math.min(builders, images, Math.floor(quotaOf('medium')?.value ?? 0));
    return (['small', 'large'] as const).flatMap((compute) => {
      const quota = quotaOf(compute);
      if (quota === undefined || Math.floor(quota.value) >= wanted) return [];
      const text = `is recorded, and the account runs ${quota.value} ${kindOf(quota.name)} builds at a time instead of ${wanted}, so that images on machines of that size wait for each other`;
      return [
        problem('setting machineSize', text, `set machineSize to catalog, or ${increase(quota, wanted, region)}`),
      ];
    });
  });
}

/**
 * Returns a finding for each kind of machine that runs fewer builds at a time than shared machines are packed for: the setting `builders`, or
 * the images of the catalog if those are fewer.
 */
export function judgeBuilders(
  { services }: Pick<Catalog, 'services'>,
  { builders = 0, fleets = [] }: BuildSettings,
  quotas: readonly Quota[],
  region: string,
): readonly Finding[] {
  return quotasOf(services, fleets).flatMap((name) => {
    const quota = quotas.find((each) => each.service === 'codebuild' && each.name === name);
    const images = services.filter((service) => buildsQuota(machineOf(service)) === name).length;
    const wanted = Math.min(builders, images);
    const most = Math.floor(quota?.value ?? wanted);
    if (quota === undefined || wanted <= most) return [];
    const text = `is ${builders}, and the account runs ${most} ${kindOf(name)} builds at a time for ${images} images, so that shared machines can make runs longer`;
    const lower = most < 1 ? '' : `set builders to ${most}, or `;
    return [problem('setting builders', text, `${lower}${increase(quota, wanted, region)}`)];
  });
}

/** Returns the names of the quotas of a catalog's machines, without those that have a fleet. */
function quotasOf(services: Catalog['services'], fleets: readonly BuildMachine[]): readonly string[] {
  const reserved = fleets.map(buildsQuota);
  const names = services.map((service) => buildsQuota(machineOf(service)));
  return [...new Set(names)].filter((name) => !reserved.includes(name)).sort();
}

function kindOf(quota: string): string {
  return quota.replace(/^Concurrently running builds for | environment$/g, '');
}

/** CodeBuild's queue is finite. The state machine starts refused jobs again, which costs no time as long as the queue is never empty. */
function refusals(builders: number, wanted: number, minutes: number): string {
  const accepted = builders * (1 + QUEUED_PER_BUILD);
  if (wanted <= accepted) return '';
  const retried = `; CodeBuild accepts ${accepted} of ${wanted} jobs at once and refuses the others, which try again for ${START_RETRY_HOURS} hours`;
  const tooLong = `, less than the build takes: set maxConcurrency to ${accepted}, so that none gives up`;
  return minutes <= START_RETRY_HOURS * 60 ? retried : `${retried}${tooLong}`;
}

/** Judges ECR's rate of tags. */
export function judgePutQuota(quotas: readonly Quota[], region: string): Finding {
  const check = 'quota ECR PutImage';
  const quota = quotas.find((each) => each.service === 'ecr' && each.name === PUT_IMAGE_QUOTA);
  if (quota === undefined) return unknownQuota(check, 'ecr', PUT_IMAGE_QUOTA, region);
  const text = `${quota.value} tags a second; ${PUTS_PER_SECOND} are used`;
  return quota.value >= PUTS_PER_SECOND
    ? ok(check, text)
    : problem(check, text, increase(quota, PUTS_PER_SECOND, region));
}

/** Judges Lambda's limit. New accounts have 10, of which none can be reserved. `reserved` is the setting `webhookConcurrency`. */
export function judgeLambdaQuota(quotas: readonly Quota[], reserved: number | undefined, region: string): Finding {
  const check = 'quota Lambda functions';
  const quota = quotas.find((each) => each.service === 'lambda' && each.name === LAMBDA_QUOTA);
  if (quota === undefined) return unknownQuota(check, 'lambda', LAMBDA_QUOTA, region);
  if (reserved === undefined) return ok(check, `${quota.value} at a time; none is reserved`);
  const text = `${quota.value} at a time; webhookConcurrency reserves ${reserved}, and ${UNRESERVED} must stay unreserved`;
  const wanted = reserved + UNRESERVED;
  return quota.value >= wanted ? ok(check, text) : problem(check, text, increase(quota, wanted, region));
}

function increase({ service, code }: Quota, value: number, region: string): string {
  return `aws service-quotas request-service-quota-increase --service-code ${service} --quota-code ${code} --desired-value ${value} --region ${region}`;
}

function unknownQuota(check: string, service: Quota['service'], name: string, region: string): Finding {
  const look = `aws service-quotas list-service-quotas --service-code ${service} --region ${region}`;
  return problem(check, `the account has no quota '${name}' in ${region}; see which machines it has`, look);
}

function mostAtOnce(jobs: readonly { readonly start: number; readonly end: number }[]): number {
  return Math.max(1, ...jobs.map(({ start }) => jobs.filter((each) => each.start <= start && each.end > start).length));
}

/** The time of a server's `Date` header, and the machine's time half way between request and reply. Both are in ms since 1970. */
export interface ServerTime {
  readonly host: string;
  readonly server: number;
  readonly here: number;
}

/** The largest difference, in ms. Signatures to AWS and signed deliveries expire, and GitHub refuses an App's token from the future. */
const TOLERANCE = 30_000;

/** Returns the finding with the difference in seconds. */
export function judgeClock({ host, server, here }: ServerTime): Finding {
  const seconds = Math.round((here - server) / 1000);
  const text = `${Math.abs(seconds)} s ${seconds < 0 ? 'behind' : 'ahead of'} ${host}`;
  if (Math.abs(here - server) <= TOLERANCE) return ok('clock', text);
  return problem('clock', text, 'sudo timedatectl set-ntp true');
}
