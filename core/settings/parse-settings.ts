/**
 * Settings of one deployment. They come from the person who deploys the app and are never read from the monorepo. A pushed branch can add a
 * service, but cannot choose where images go.
 */
import type * as z from 'zod';
import { ERROR_NAMES, InvalidInputError, type Problem, unreadableFile } from '../contract/errors';
import { closest } from '../text/closest';
import { findJsonSyntaxError, isTooDeep, MAX_LEVELS } from '../text/json';
import { describeShape, excerpt, showKind } from '../text/shape-error';
import { fleetProblems } from './build-images-schema';
import type { Environment } from './environment-schema';
import { fileProblems } from './files/file-problems';
import { valuesRepositoryProblems } from './files/values-repository';
import { pullRequestProblems } from './git-login';
import { findPlaintextSecrets, showUnlessSecret } from './plaintext-secret';
import { registryProblems } from './registry/environment-registry';
import { rolloutProblems } from './rollout-rules';
import { type BranchRule, type Settings, SettingsSchema } from './schema';

/** The rules of a deployment for settings. */
export interface Deployment {
  /** Returns the settings that cannot be deployed. */
  problems(settings: Settings): readonly Problem[];
  /** Returns the construct's path for the path of a setting (`candidates.host`). */
  constructOf(path: string): string;
}

/** The settings without a default. */
const REQUIRED_KEYS = ['git', 'releases', 'candidates'] as const;

/**
 * Checks settings and fills in defaults. Throws `InvalidSettings` with all problems at once, those of the deployment included. A file
 * without any required setting may contain secrets, so nothing of it is quoted.
 */
export function parseSettings(value: unknown, deployment?: Deployment): Settings {
  if (isTooDeep(value)) throw refuse([{ path: 'settings', message: `nest deeper than ${MAX_LEVELS} levels` }]);
  if (REQUIRED_KEYS.every((key) => Object(value)[key] === undefined)) {
    const message = `has none of ${REQUIRED_KEYS.join(', ')}, so it is no settings file`;
    throw refuse([...findPlaintextSecrets(value), { path: 'settings', message }], EXAMPLE);
  }
  const result = parseShape(value);
  const issues = result.success ? [] : result.error.issues;
  const settings = result.success ? result.data : parseShape(withoutWrong(value, issues)).data;
  const further = settings && [...settingsProblems(settings), ...(deployment?.problems(settings) ?? [])];
  const renamed = renamedKeys(value);
  const unknown = issues.flatMap(problemsOf).filter(({ path }) => !renamed.some((each) => each.path === path));
  const problems = [...findPlaintextSecrets(value), ...renamed, ...unknown, ...(further ?? [])];
  if (settings !== undefined && problems.length === 0) return settings;
  throw refuse(problems.map((problem) => ({ ...problem, construct: deployment?.constructOf(problem.path) })));
}

function refuse(problems: readonly Problem[], hint?: string, what = 'the settings cannot be used'): InvalidInputError {
  return new InvalidInputError(what, problems, hint, ERROR_NAMES.invalidSettings);
}

function parseShape(value: unknown) {
  const isWhole = REQUIRED_KEYS.every((key) => Object(value)[key] !== undefined);
  return SettingsSchema.safeParse(value, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? describeUnknownKeys(issue)
        : describeShape(issue, isWhole ? showUnlessSecret : showKind),
  });
}

/** Returns the value without unknown keys and without wrong settings that are optional, so that the remaining rules can be checked. */
function withoutWrong(value: unknown, issues: readonly z.core.$ZodIssue[]): unknown {
  const copy: unknown = structuredClone(value);
  for (const { path, ...issue } of issues) {
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) Reflect.deleteProperty(Object(valueAt(copy, path)), key);
    } else if (path[0] !== undefined) {
      // Branch rules name environments: the two are compared only where both are right.
      for (const name of path[0] === 'environments' ? ['environments', 'branches'] : [path[0]]) {
        Reflect.deleteProperty(Object(copy), name);
      }
    }
  }
  return copy;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, key) => (Object(at) as Record<PropertyKey, unknown>)[key], value);
}

/** Settings of older versions by their paths, and what they are called now. */
export const RENAMED: Readonly<Record<string, string>> = { 'alarms.overrides.notices-lost': 'events-lost' };

/** Settings that were renamed are refused with their new name, so that an upgrade never ignores one. */
function renamedKeys(value: unknown): readonly Problem[] {
  return Object.entries(RENAMED)
    .filter(([path]) => valueAt(value, path.split('.')) !== undefined)
    .map(([path, now]) => ({ path, message: `was renamed; call it '${now}'` }));
}

/** Returns one line for each unknown key. The schema that found it knows the keys that are allowed. */
function describeUnknownKeys({ keys, inst }: z.core.$ZodRawIssue<z.core.$ZodIssueUnrecognizedKeys>): string {
  const { shape = {} } = Object(inst?._zod.def) as { readonly shape?: object };
  const known = Object.keys(shape);
  const lines = keys.map((key) => {
    const near = closest(key, known);
    const advice = near === undefined ? `allowed here: ${known.join(', ')}` : `did you mean '${near}'?`;
    return `is not a setting; ${advice}`;
  });
  return lines.join('\n');
}

/** Returns one problem for each unknown key, and one for any other issue. */
function problemsOf(issue: z.core.$ZodIssue): readonly Problem[] {
  if (issue.code !== 'unrecognized_keys') return [{ path: pathText(issue.path), message: issue.message }];
  const lines = issue.message.split('\n');
  return issue.keys.map((key, index) => ({ path: pathText([...issue.path, key]), message: lines[index] ?? '' }));
}

function pathText(path: readonly PropertyKey[]): string {
  return path.map((part) => excerpt(String(part))).join('.') || 'settings';
}

/** Returns the problems of settings that are right one by one, in the order of the settings. */
function settingsProblems(settings: Settings): Problem[] {
  return [
    ...readerProblems(settings.git, 'git'),
    ...readerProblems(settings.valuesRepository?.git, 'valuesRepository.git'),
    ...valuesRepositoryProblems(settings),
    ...environmentProblems(settings),
    ...rolloutProblems(settings),
    ...candidateProblems(settings),
    ...registryProblems(settings),
    ...branchProblems(settings.branches),
    ...pullRequestProblems(settings),
    ...commentProblems(settings),
    ...fleetProblems(settings.fleets ?? []),
  ];
}

/** The same App twice would have the same rights twice. */
function readerProblems(git: Settings['git'] | undefined, path: string): Problem[] {
  if (git?.host !== 'github' || git.reader === undefined || git.reader === 'token') return [];
  if (git.reader.appId !== git.app?.appId) return [];
  const message = `is ${git.reader.appId}, the App that commits; make a second App without the right to write contents, or leave ${path}.reader out`;
  return [{ path: `${path}.reader.appId`, message }];
}

function environmentProblems({ environments, branches, releaseTag }: Settings): Problem[] {
  return [
    ...namedTwice(environments),
    ...fileProblems(environments),
    ...branches.flatMap(({ branch, environment }, index) =>
      unknownName(environment, environments, `branches.${index}.environment`, `branch rule '${branch}' `),
    ),
    ...unknownName(releaseTag?.environment, environments, 'releaseTag.environment'),
  ];
}

function namedTwice(environments: readonly Environment[]): Problem[] {
  return environments.flatMap(({ name }, index) => {
    const isTwice = environments.slice(0, index).some((other) => other.name === name);
    return isTwice ? [{ path: `environments.${index}.name`, message: `'${name}' is used twice; rename one` }] : [];
  });
}

function unknownName(
  named: string | undefined,
  environments: readonly Environment[],
  path: string,
  who = '',
): Problem[] {
  const known = environments.map(({ name }) => name);
  if (named === undefined || known.includes(named)) return [];
  return [{ path, message: `${who}names the environment '${named}'; there are: ${known.join(', ')}` }];
}

/** Builds write candidates. Within the release namespace they could write versions. */
function candidateProblems(settings: Settings): Problem[] {
  const candidates = `${settings.candidates.host}/${settings.candidates.repository}`;
  const releases = `${settings.releases.host}/${settings.releases.namespace}/`;
  if (!candidates.startsWith(releases) && candidates !== releases.slice(0, -1)) return [];
  const message = `${candidates} is within the release namespace ${releases}, where builds could write versions; name a repository outside it`;
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
  const message = "is true, and git.host is 'local'; comments are written on a git host only";
  return [{ path: 'pullRequests.comment', message }];
}

const EXAMPLE =
  'The smallest settings: { "git": { "host": "github", "repository": "team/monorepo" }, "valuesFile": "chart/values.yaml", "releases": { "host": "ecr", "namespace": "team" }, "candidates": { "host": "ecr", "repository": "team-candidates" } }';

/** Parses the text of a settings file. Throws `InvalidSettings` with line and column, or with all problems of the settings. */
export function parseSettingsText(path: string, text: string, deployment?: Deployment): Settings {
  const syntaxError = findJsonSyntaxError(text);
  if (syntaxError === undefined) return parseSettings(JSON.parse(text), deployment);
  const { line, column, message } = syntaxError;
  throw refuse([{ path, line, message: `column ${column}: ${message}` }], EXAMPLE, 'the settings are not JSON');
}

/** Returns the error for a settings file that cannot be read. `option` names another file: `--settings FILE`. */
export function unreadableSettings(path: string, error: unknown, option: string): InvalidInputError {
  const problem = { path, message: `${unreadableFile(error)}; write it, or name another one with ${option}` };
  return refuse([problem], EXAMPLE, 'the settings cannot be read');
}
