/** What must hold between an environment's settings for after the commit, the other environments and the branch rules. */
import type { Problem } from '../contract/errors';
import { type Environment, isCommand, isRolledOut } from './environment-schema';
import { usesPullRequests } from './git-login';
import { type BranchRule, branchRule, type Settings } from './schema';

/** Returns the problems of all environments, in their order. */
export function rolloutProblems(settings: Settings): Problem[] {
  return settings.environments.flatMap((environment, index) =>
    [
      ...thenProblems(environment, settings),
      ...uselessProblems(environment),
      ...placeProblems(environment),
      ...branchProblems(environment, settings),
    ].map(({ path, message }) => ({ path: `environments.${index}.${path}`, message })),
  );
}

function thenProblems({ name, then }: Environment, { environments, branches }: Settings): Problem[] {
  if (then === undefined) return [];
  const names = environments.map((environment) => environment.name);
  const problem = (message: string) => [{ path: 'then', message }];
  if (!names.includes(then))
    return problem(`'${then.slice(0, 80)}' is not an environment; there are: ${names.join(', ')}`);
  const circle = circleFrom(name, environments);
  if (circle !== undefined) return problem(`leads in a circle: ${circle.join(', then ')}; leave one of them out`);
  const next = names[names.indexOf(name) + 1];
  if (then !== next) {
    return problem(
      `is ${then}, but a promotion goes to the environment after this one in the list: ${next ?? 'there is none'}`,
    );
  }
  if (branches.some((rule) => isOwnBranch(rule) && rule.allow.includes('promote'))) return [];
  return problem(`needs a branch rule without * that allows promote, so that a promotion to ${then} has a branch`);
}

/** Returns the names from an environment back to itself along `then`, or undefined. */
function circleFrom(start: string, environments: readonly Environment[]): readonly string[] | undefined {
  const path = [start];
  for (;;) {
    const at = environments.find(({ name }) => name === path.at(-1));
    if (at?.then === undefined) return undefined;
    path.push(at.then);
    if (at.then === start) return path;
    if (path.length > environments.length + 1) return undefined;
  }
}

function uselessProblems({ deploy, verify, watch, onFailure }: Environment): Problem[] {
  const hasChecks = Object.keys(verify ?? {}).length > 0;
  if (deploy !== undefined || hasChecks || (watch ?? onFailure) === undefined) return [];
  if (watch === undefined) {
    return [{ path: 'onFailure', message: 'needs deploy, verify or watch: nothing can fail without them' }];
  }
  if (watch.alarms.length > 0) return [];
  return [{ path: 'watch', message: 'has nothing to watch: name deploy, verify or alarms' }];
}

function placeProblems({ deploy }: Environment): Problem[] {
  if (deploy?.with !== 'command' || (deploy.cluster === undefined) === (deploy.namespace === undefined)) return [];
  const [given, missing] = deploy.cluster === undefined ? ['namespace', 'cluster'] : ['cluster', 'namespace'];
  return [{ path: `deploy.${missing}`, message: `is missing beside ${given}; give both, or neither` }];
}

/** A rollback is a run of its own, which the branch rules must allow. */
function branchProblems({ name, onFailure }: Environment, settings: Settings): Problem[] {
  if (onFailure !== 'rollback') return [];
  const wrong = settings.branches.filter(
    (rule) =>
      (isOwnBranch(rule) || writesAnyway(rule, settings)) &&
      environmentOfRule(rule, settings) === name &&
      !rule.allow.includes('rollback'),
  );
  return wrong.map(({ branch }) => ({
    path: 'onFailure',
    message: `is rollback, but the branch rule '${branch}' does not allow rollback; add it to its allow, or write stop`,
  }));
}

/** Returns true for the rule of one branch. A run on a branch of a pattern (`feature/*`) deploys nothing: the environment is not its own. */
function isOwnBranch({ branch }: Pick<BranchRule, 'branch'>): boolean {
  return !branch.includes('*');
}

/** In a repository of their own, values files are the same for all branches: a run on a branch of a pattern updates the environment, too. */
function writesAnyway({ allow }: BranchRule, { valuesRepository }: Settings): boolean {
  return valuesRepository !== undefined && allow.some((action) => action !== 'rollback');
}

function environmentOfRule(rule: BranchRule, { environments }: Settings): string | undefined {
  return rule.environment ?? environments[0]?.name;
}

/**
 * Returns true if a run on the branch goes on after its commit: the environment says how, and the branch has a rule of its own. With a values
 * repository any rule is enough.
 */
export function goesOn(settings: Settings, environment: Environment, branch: string): boolean {
  const rule = branchRule(settings, branch);
  const isOwn = settings.branches.some((each) => isOwnBranch(each) && each.branch === branch);
  return isRolledOut(environment) && (isOwn || (rule !== undefined && writesAnyway(rule, settings)));
}

/** Returns the branches whose runs update the environment and go on after their commit. */
export function ownBranches(settings: Settings, environment: string): readonly string[] {
  const rules = settings.branches.filter(
    (rule) => isOwnBranch(rule) && environmentOfRule(rule, settings) === environment,
  );
  return rules.map(({ branch }) => branch);
}

/** Returns the branch on which a promotion to the environment is committed: the environment's own, or the first that allows promotions. */
export function promotionBranch(settings: Settings, environment: string): string | undefined {
  const allowing = settings.branches.filter((rule) => isOwnBranch(rule) && rule.allow.includes('promote'));
  const own = allowing.find((rule) => environmentOfRule(rule, settings) === environment);
  return (own ?? allowing[0])?.branch;
}

/** A file that an environment needs beside its values files at the released commit, and the setting that names it. */
export interface NeededFile {
  readonly path: string;
  readonly setting: string;
}

/** Returns the scripts, and the chart, that must be at the released commit. */
export function neededFiles({ name, deploy, verify = {} }: Environment): readonly NeededFile[] {
  const setting = (path: string) => `environments.${name}.${path}`;
  const files: NeededFile[] = [];
  if (deploy?.with === 'command') files.push({ path: deploy.script, setting: setting('deploy.script') });
  if (deploy?.with === 'helm') {
    files.push({ path: `${deploy.chart.replace(/\/$/, '')}/Chart.yaml`, setting: setting('deploy.chart') });
  }
  for (const [check, value] of Object.entries(verify)) {
    if (isCommand(value)) files.push({ path: value.script, setting: setting(`verify.${check}.script`) });
  }
  return files;
}

/** What the environments of a deployment need after the commit. */
export interface RolloutNeeds {
  /** False if nothing follows any commit. */
  readonly any: boolean;
  /** True if anything is a command: Helm, or a script. */
  readonly commands: boolean;
  readonly rollsBack: boolean;
  readonly promotes: boolean;
  readonly clusters: readonly string[];
  readonly alarms: readonly string[];
  /** Names or ARNs of the secrets in headers of checks. */
  readonly secrets: readonly string[];
  /** The longest time that follows a commit. */
  readonly hours: number;
  /** The longest watch. */
  readonly watchHours: number;
}

/** Returns what all environments need together. */
export function rolloutNeeds({ environments }: Settings): RolloutNeeds {
  const checks = environments.flatMap(({ verify = {} }) => Object.values(verify));
  const headers = checks.flatMap((check) => (isCommand(check) ? [] : Object.values(check.headers)));
  return {
    any: environments.some(isRolledOut),
    commands:
      checks.some(isCommand) ||
      environments.some(({ deploy }) => deploy?.with === 'helm' || deploy?.with === 'command'),
    rollsBack: environments.some(({ onFailure }) => onFailure === 'rollback'),
    promotes: environments.some(({ then }) => then !== undefined),
    clusters: once(environments.flatMap(({ deploy }) => deploy?.cluster ?? [])),
    alarms: once(environments.flatMap(({ watch }) => watch?.alarms ?? [])),
    secrets: once(headers.flatMap((header) => (typeof header === 'string' ? [] : [header.fromSecret]))),
    hours: Math.ceil(Math.max(0, ...environments.map(rolloutHours))),
    watchHours: Math.max(0, ...environments.map(({ watch }) => (watch?.minutes ?? 0) / 60)),
  };
}

function once(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}

/** Hours that wait for a build machine, and in which something that cannot be reached is asked again. */
const SPARE_HOURS = 10;

/** Returns a bound: twice for what may be done again by a rollback. */
function rolloutHours({ deploy, verify = {}, watch, onFailure }: Environment): number {
  const checks = Object.values(verify).reduce((sum, check) => {
    const minutes = isCommand(check) ? check.minutes : check.seconds / 30;
    return sum + minutes * (check.retries + 1);
  }, 0);
  const once = (2 * (deploy?.minutes ?? 0) + checks) / 60 + SPARE_HOURS;
  return once * (onFailure === 'rollback' ? 2 : 1) + (watch?.minutes ?? 0) / 60 + checks / 60;
}

/** A record that a run stores only if the settings ask for what it is about, by its name in `objectKeys`. */
export type OptionalRecord = 'rollout' | 'tag' | 'proposal' | 'scan';

/** Returns the optional records of runs with these settings. No function may read the others. */
export function optionalRecords(settings: Settings): readonly OptionalRecord[] {
  const isStored: Readonly<Record<OptionalRecord, boolean>> = {
    rollout: rolloutNeeds(settings).any,
    tag: settings.releaseTag !== undefined,
    proposal: usesPullRequests(settings),
    scan: settings.scan !== undefined,
  };
  return (Object.keys(isStored) as OptionalRecord[]).filter((name) => isStored[name]);
}
