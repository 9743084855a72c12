/** Judges reserved capacity: whether CodeBuild can build images on the fleets of the settings. */
import type { Catalog } from '../catalog/model';
import { machineOf } from '../contract/job';
import { codeBuildMachine } from '../image/build-images';
import { type Fleet, fleetRegion } from '../settings/build-images-schema';
import type { Settings } from '../settings/schema';
import { type Finding, ok, problem } from './finding';

/** A fleet of CodeBuild, in its words. */
export interface BuildFleet {
  readonly arn: string;
  /** `ACTIVE` if it takes builds. https://docs.aws.amazon.com/codebuild/latest/APIReference/API_FleetStatus.html */
  readonly status: string;
  readonly computeType: string;
  readonly environmentType: string;
  /** The most machines that it can have, each for one build at a time. */
  readonly machines: number;
  /** True if further builds run on demand. They wait otherwise. */
  readonly overflows: boolean;
  /** Undefined if its machines are outside of a VPC. */
  readonly vpcId: string | undefined;
}

/** Returns one finding for each fleet of the settings, with all of its problems. `existing` are those that CodeBuild has; `services` are the catalog's. */
export function judgeFleets(
  { fleets = [], builders, network }: Pick<Settings, 'fleets' | 'builders' | 'network'>,
  existing: readonly BuildFleet[],
  region: string,
  services: Catalog['services'],
): readonly Finding[] {
  return fleets.map((fleet) => {
    const check = `fleet of ${fleet.compute} ${fleet.architecture} machines`;
    const list = `aws codebuild list-fleets --region ${region}`;
    const own = fleetRegion(fleet);
    if (own !== region) return problem(check, `${fleet.arn} is in ${own}, and the stack in ${region}`, list);
    const found = existing.find(({ arn }) => arn === fleet.arn);
    if (found === undefined) return problem(check, `${fleet.arn} does not exist in this account`, list);
    const wrong = [
      ...wrongStatus(found, region),
      ...wrongMachines(fleet, found),
      ...wrongVpc(found, network, region),
      ...tooFew(found, Math.min(builders ?? 0, imagesOn(fleet, services)), region),
    ];
    const text = wrong.map((each) => each.text).join('; ');
    const fix = wrong.map((each) => each.fix).join('; ');
    if (wrong.length > 0) return problem(check, text, fix);
    const further = found.overflows ? 'run on demand' : 'wait';
    return ok(check, `${found.status}, at most ${found.machines} builds at a time; further ones ${further}`);
  });
}

interface Wrong {
  readonly text: string;
  readonly fix: string;
}

/** States from which a fleet becomes active by itself. */
const PASSING = ['CREATING', 'UPDATING', 'ROTATING'];

function wrongStatus({ arn, status }: BuildFleet, region: string): readonly Wrong[] {
  if (status === 'ACTIVE') return [];
  const look = `aws codebuild batch-get-fleets --names ${arn} --region ${region} --query 'fleets[].status'`;
  const fix = PASSING.includes(status) ? `wait until it is ACTIVE: ${look}` : `repair or replace it: ${look}`;
  return [{ text: `${arn} is ${status}, so that builds on it do not start`, fix }];
}

function wrongMachines(fleet: Fleet, { computeType, environmentType }: BuildFleet): readonly Wrong[] {
  const wanted = codeBuildMachine(fleet);
  if (computeType === wanted.computeType && environmentType === wanted.environmentType) return [];
  const text = `has ${environmentType} ${computeType} machines, and the settings say ${wanted.environmentType} ${wanted.computeType}`;
  const fix = `name a fleet with --environment-type ${wanted.environmentType} --compute-type ${wanted.computeType}, or change compute and architecture in fleets`;
  return [{ text, fix }];
}

/** The VPC of the project does not apply to a fleet: https://docs.aws.amazon.com/codebuild/latest/userguide/fleets.html. */
function wrongVpc({ arn, vpcId }: BuildFleet, network: Settings['network'], region: string): readonly Wrong[] {
  if (network === undefined || vpcId === network.vpcId) return [];
  const text = `its machines are ${vpcId === undefined ? 'outside of a VPC' : `in ${vpcId}`}, and network is ${network.vpcId}`;
  const config = `vpcId=${network.vpcId},subnets=${network.subnetIds.join(',')},securityGroupIds=${network.securityGroupIds.join(',')}`;
  const fix = `aws codebuild update-fleet --arn ${arn} --vpc-config ${config} --fleet-service-role ROLE --region ${region}`;
  return [{ text, fix }];
}

/** Shared machines are packed for as many builds at a time as the setting `builders`, and for no more than there are images. */
function tooFew({ arn, machines, overflows }: BuildFleet, wanted: number, region: string): readonly Wrong[] {
  if (overflows || wanted <= machines) return [];
  const more = `aws codebuild update-fleet --arn ${arn} --base-capacity ${wanted} --region ${region}`;
  const text = `runs ${machines} builds at a time, and the setting builders counts on ${wanted}`;
  return [{ text, fix: `set builders to ${machines}, or ${more}` }];
}

function imagesOn({ compute, architecture }: Fleet, services: Catalog['services']): number {
  const machines = services.map(machineOf);
  return machines.filter((machine) => machine.compute === compute && machine.architecture === architecture).length;
}
