/**
 * Settings of one deployment: they belong to whoever deploys the app and are never read from the monorepo, so that a pushed
 * branch can add a service but cannot choose where images go.
 */
import type * as z from 'zod';
import { ERROR_NAMES, InvalidInputError, type Problem, unreadableFile } from '../contract/errors';
import { findJsonSyntaxError } from '../text/json';
import { versionLockPath } from '../version/version-lock';
import { findPlaintextSecrets } from './plaintext-secret';
import { type BranchRule, type Environment, type Settings, SettingsSchema } from './schema';

/** What settings mean for a deployment: which cannot be deployed, and the construct that a setting is about. */
export interface Deployment {
  problems(settings: Settings): readonly Problem[];
  /** The construct's path for the path of a setting (`candidates.host`). */
  constructOf(path: string): string;
}

/** Checks settings and fills in defaults. Throws `InvalidSettings` with all problems at once, those of the deployment included. */
export function parseSettings(value: unknown, deployment?: Deployment): Settings {
  const result = SettingsSchema.safeParse(value);
  const issues = result.success ? [] : result.error.issues;
  const settings = result.success ? result.data : SettingsSchema.safeParse(withoutWrong(value, issues)).data;
  const further =
    settings === undefined ? [] : [...settingsProblems(settings), ...(deployment?.problems(settings) ?? [])];
  const problems = [...findPlaintextSecrets(value), ...issues.map((issue) => problemOf(issue, value)), ...further];
  if (settings !== undefined && problems.length === 0) return settings;
  const located = problems.map((problem) =>
    deployment === undefined ? problem : { ...problem, construct: deployment.constructOf(problem.path) },
  );
  throw new InvalidInputError('the settings cannot work', located, undefined, ERROR_NAMES.invalidSettings);
}

/** The value without unknown keys and without settings that are wrong and may be left out, so that what else is wrong is found, too. */
function withoutWrong(value: unknown, issues: readonly z.core.$ZodIssue[]): unknown {
  const copy: unknown = structuredClone(value);
  for (const { path, ...issue } of issues) {
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) Reflect.deleteProperty(Object(valueAt(copy, path)), key);
    } else if (path[0] !== undefined) {
      // Branch rules name environments, which are compared only where both are there.
      for (const name of path[0] === 'environments' ? ['environments', 'branches'] : [path[0]]) {
        Reflect.deleteProperty(Object(copy), name);
      }
    }
  }
  return copy;
}

function problemOf(issue: z.core.$ZodIssue, value: unknown): Problem {
  const { path, message, code } = issue;
  return { path: path.join('.') || 'settings', message: `${message}${remark(code, valueAt(value, path))}` };
}

/** What the checks leave unsaid: the value, unless it is a secret or the message has it, and where to read on. */
function remark(code: z.core.$ZodIssue['code'], found: unknown): string {
  if (code === 'custom') return '';
  if (code === 'unrecognized_keys') return '; take it out, or look for its name in core/settings.ts';
  if (found === undefined) return '; it is missing';
  const isText = ['string', 'number', 'boolean'].includes(typeof found);
  return isText && findPlaintextSecrets(found).length === 0 ? `; it is ${JSON.stringify(found).slice(0, 120)}` : '';
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, key) => (Object(at) as Record<PropertyKey, unknown>)[key], value);
}

// What is wrong with settings of which each by itself is right.

/** All problems, in the order of the settings. */
function settingsProblems(settings: Settings): Problem[] {
  return [
    ...readerProblems(settings),
    ...environmentProblems(settings),
    ...candidateProblems(settings),
    ...branchProblems(settings.branches),
    ...commentProblems(settings),
  ];
}

/** The same App twice would be the same rights twice. */
function readerProblems({ git }: Settings): Problem[] {
  if (git.host !== 'github' || git.reader === undefined || git.reader === 'token') return [];
  if (git.reader.appId !== git.app?.appId) return [];
  const message = `is ${git.reader.appId}, the App that commits; make a second App without the right to write contents, or leave git.reader out`;
  return [{ path: 'git.reader.appId', message }];
}

/** Two environments that share a file would overwrite each other's versions. */
function environmentProblems({ environments, branches }: Settings): Problem[] {
  return [...environments.flatMap((_, index) => twinsOf(environments, index)), ...unknownOf(environments, branches)];
}

function twinsOf(environments: readonly Environment[], index: number): Problem[] {
  const environment = environments[index];
  const others = environments.slice(0, index);
  if (environment === undefined) return [];
  const problem = (field: string, message: string) => ({ path: `environments.${index}.${field}`, message });
  const same = others.find(({ values }) => versionLockPath(values) === versionLockPath(environment.values));
  return [
    ...(others.some(({ name }) => name === environment.name)
      ? [problem('name', `'${environment.name}' is there for the second time`)]
      : []),
    ...(same === undefined
      ? []
      : [problem('values', `${environment.values} has the version lock of environment '${same.name}', too`)]),
  ];
}

function unknownOf(environments: readonly Environment[], branches: readonly BranchRule[]): Problem[] {
  const known = environments.map(({ name }) => name);
  return branches.flatMap(({ branch, environment }, index) => {
    if (environment === undefined || known.includes(environment)) return [];
    const message = `branch rule '${branch}' names the environment '${environment}'; there are: ${known.join(', ')}`;
    return [{ path: `branches.${index}.environment`, message }];
  });
}

/** Builds write candidates; what they could write among the releases would be a version. */
function candidateProblems(settings: Settings): Problem[] {
  const candidates = `${settings.candidates.host}/${settings.candidates.repository}`;
  const releases = `${settings.releases.host}/${settings.releases.namespace}/`;
  if (!candidates.startsWith(releases) && candidates !== releases.slice(0, -1)) return [];
  const message = `${candidates} lies within the release namespace ${releases}; builds could then write versions, so name a repository outside it`;
  return [{ path: 'candidates', message }];
}

function branchProblems(branches: readonly BranchRule[]): Problem[] {
  return branches.flatMap(({ branch, allow, version }, index) => {
    if (!allow.includes('push') || version !== undefined) return [];
    const message = `branch rule '${branch}' allows push and needs a version pattern such as {version}-dev`;
    return [{ path: `branches.${index}.version`, message }];
  });
}

function commentProblems({ pullRequests, git }: Settings): Problem[] {
  if (!pullRequests.comment || git.host !== 'local') return [];
  const message = "is true, and git.host is 'local'; comments are written on GitHub and GitLab";
  return [{ path: 'pullRequests.comment', message }];
}

// Settings as a person writes them into a file: what is said if the file is not there, or is no JSON.

/** The least that settings have. */
const EXAMPLE = `Settings look like this, and core/settings.ts has all of them:
  {
    "git": { "host": "github", "repository": "team/monorepo" },
    "valuesFile": "chart/values.yaml",
    "releases": { "host": "ecr", "namespace": "team" },
    "candidates": { "host": "ecr", "repository": "team-candidates" }
  }`;

/** The settings in a file's text. Throws `InvalidSettings` with line and column, or with all problems of the settings. */
export function parseSettingsText(path: string, text: string, deployment?: Deployment): Settings {
  const fault = findJsonSyntaxError(text);
  if (fault === undefined) return parseSettings(JSON.parse(text), deployment);
  const { line, column, message } = fault;
  const problem = { path, line, message: `column ${column}: ${message}` };
  throw new InvalidInputError('the settings are no JSON', [problem], EXAMPLE, ERROR_NAMES.invalidSettings);
}

/** The error for a file of settings that cannot be read. `option` is how another file is named: `--settings FILE`. */
export function unreadableSettings(path: string, error: unknown, option: string): InvalidInputError {
  const message = `${unreadableFile(error)}; write it, or name another one with ${option}`;
  return new InvalidInputError(
    'the settings cannot be read',
    [{ path, message }],
    EXAMPLE,
    ERROR_NAMES.invalidSettings,
  );
}
