/**
 * Settings of one deployment: they belong to whoever deploys the app and are never read from the monorepo, so that a pushed
 * branch can add a service but cannot choose where images go.
 */
import * as z from 'zod';
import { ERROR_NAMES } from './contract';
import { InvalidInputError } from './errors';
import { ACTIONS, STRATEGIES } from './run-input';
import { versionLockPath } from './version/version-lock';

/** What may be started on the branches that match `branch` (`*` stands for any characters, `/` included). */
const BranchRule = z.strictObject({
  branch: z.string().min(1),
  allow: z.array(z.enum(ACTIONS)).min(1),
  /** The version line of a push: `{version}` is the version under development, `{slug}` the branch's last part. */
  version: z.string().includes('{version}').optional(),
  /** The environment whose values file runs on these branches move; default: the first. */
  environment: z.string().optional(),
});
export type BranchRule = z.infer<typeof BranchRule>;

const Environment = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/, 'must be lower case letters, digits and - between them'),
  /** Path of its values file in the monorepo. The version lock lies beside it. */
  values: z.string().min(1),
  /** Set if a person has to approve before versions are given; no answer within the hours means no. */
  approval: z.strictObject({ hours: z.number().positive().max(168) }).optional(),
});
export type Environment = z.infer<typeof Environment>;

/** The one environment of settings that name only a values file. */
const ONLY_ENVIRONMENT = 'default';
const USUAL_VALUES_FILE = 'cloud-tuner-dev/values.yaml';

const Git = z.discriminatedUnion('host', [
  z.strictObject({
    host: z.literal('github'),
    /** `owner/name`. */
    repository: z.string().regex(/^[\w.-]+\/[\w.-]+$/, 'must be owner/name'),
    /** Numeric ids stay right when a repository is renamed or its name is taken over. */
    repositoryId: z.int().positive().optional(),
    apiUrl: z.url({ protocol: /^https?$/ }).default('https://api.github.com'),
    /** A GitHub App in the place of a token: the git secret then holds the App's private key. */
    app: z.strictObject({ appId: z.int().positive(), installationId: z.int().positive() }).optional(),
  }),
  z.strictObject({
    host: z.literal('gitlab'),
    /** `group/name`, subgroups included. */
    repository: z.string().regex(/^[\w.-]+(\/[\w.-]+)+$/, 'must be group/name'),
    /** The project's numeric id. */
    repositoryId: z.int().positive().optional(),
    apiUrl: z.url({ protocol: /^https?$/ }).default('https://gitlab.com/api/v4'),
  }),
  z.strictObject({ host: z.literal('local'), /** Path of a bare repository. */ path: z.string().min(1) }),
]);

const host = z.string().regex(/^[a-z0-9.-]+(:\d+)?$/, 'must be a host name, with a port if needed, without https://');
const repository = z
  .string()
  .regex(/^[a-z0-9]+([._/-]+[a-z0-9]+)*$/, 'must be lower case letters, digits and . _ - / between them');

const SettingsSchema = z
  .strictObject({
    git: Git,
    /** Path of the catalog in the monorepo. */
    catalogFile: z.string().min(1).default('pipeline.yaml'),
    /** The values file that runs move, and beside which the version lock lies: short for one environment. */
    valuesFile: z.string().min(1).optional(),
    /** Values files in the order of promotion (dev, staging, production). */
    environments: z.array(Environment).min(1).optional(),
    /** Release repositories are `<host>/<namespace>/<image>`. */
    releases: z.strictObject({ host, namespace: repository }),
    /** One repository for all candidates; the only one that builds may write. */
    candidates: z.strictObject({ host, repository }),
    branches: z
      .array(BranchRule)
      .min(1)
      .default([
        { branch: 'main', allow: ['release', 'build', 'promote', 'rollback'] },
        { branch: 'develop', allow: ['push', 'build', 'promote', 'rollback'], version: '{version}-dev' },
        { branch: 'feature/*', allow: ['push', 'build'], version: '{version}-{slug}' },
        { branch: 'hotfix/*', allow: ['build'] },
      ]),
    strategy: z.enum(STRATEGIES).default('smart'),
    /** Jobs of one stage at a time, where the catalog's stage does not say (CodeBuild's own limit is per account). */
    maxConcurrency: z.int().min(1).max(40).default(20),
    /** Build machine limit is this many times the catalog's minutes, and at least 15 minutes. */
    timeoutFactor: z.number().min(1).default(4),
    /** Says on a pull request what merging it would build. Nothing is built for it; forks are left alone unless asked for. */
    pullRequests: z
      .strictObject({ comment: z.boolean().default(false), forks: z.boolean().default(false) })
      .default({ comment: false, forks: false }),
  })
  .transform(({ valuesFile, environments, ...settings }, context) => {
    if (valuesFile !== undefined && environments !== undefined) {
      const message = 'is given beside environments; give each environment its values file, and leave valuesFile out';
      context.addIssue({ code: 'custom', path: ['valuesFile'], message });
    }
    const only: Environment = { name: ONLY_ENVIRONMENT, values: valuesFile ?? USUAL_VALUES_FILE };
    return { ...settings, environments: environments ?? [only] };
  })
  .superRefine((settings, context) => {
    for (const problem of environmentProblems(settings)) context.addIssue({ code: 'custom', ...problem });
    if (settings.pullRequests.comment && settings.git.host !== 'github') {
      const message = `is true, and git.host is '${settings.git.host}'; comments are written on GitHub only`;
      context.addIssue({ code: 'custom', path: ['pullRequests', 'comment'], message });
    }
    const candidates = `${settings.candidates.host}/${settings.candidates.repository}`;
    const releases = `${settings.releases.host}/${settings.releases.namespace}/`;
    if (candidates.startsWith(releases) || candidates === releases.slice(0, -1)) {
      context.addIssue({
        code: 'custom',
        path: ['candidates'],
        message: `${candidates} lies within the release namespace ${releases}; builds could then write versions, so name a repository outside it`,
      });
    }
    for (const [index, rule] of settings.branches.entries()) {
      if (rule.allow.includes('push') && rule.version === undefined) {
        context.addIssue({
          code: 'custom',
          path: ['branches', index, 'version'],
          message: `branch rule '${rule.branch}' allows push and needs a version pattern such as {version}-dev`,
        });
      }
    }
  });

interface SettingsProblem {
  readonly path: (string | number)[];
  readonly message: string;
}

/** Two environments that share a file would overwrite each other's versions. */
function environmentProblems(settings: {
  readonly environments: readonly Environment[];
  readonly branches: readonly BranchRule[];
}): SettingsProblem[] {
  const { environments, branches } = settings;
  const twins = environments.flatMap((environment, index) => {
    const others = environments.slice(0, index);
    const problem = (field: string, what: string) => ({ path: ['environments', index, field], message: what });
    const sameName = others.some(({ name }) => name === environment.name);
    const same = others.find(({ values }) => versionLockPath(values) === versionLockPath(environment.values));
    return [
      ...(sameName ? [problem('name', `'${environment.name}' is there for the second time`)] : []),
      ...(same === undefined
        ? []
        : [problem('values', `${environment.values} has the version lock of environment '${same.name}', too`)]),
    ];
  });
  const unknown = branches.flatMap(({ branch, environment }, index) => {
    if (environment === undefined || environments.some(({ name }) => name === environment)) return [];
    const known = environments.map(({ name }) => name).join(', ');
    const message = `branch rule '${branch}' names the environment '${environment}'; there are: ${known}`;
    return [{ path: ['branches', index, 'environment'], message }];
  });
  return [...twins, ...unknown];
}

/** Typed, with every default filled in. */
export type Settings = z.infer<typeof SettingsSchema>;
/** As a person writes them: what has a default may be left out. */
export type SettingsInput = z.input<typeof SettingsSchema>;

/** Checks settings and fills in defaults. Throws `InvalidSettings` with all problems at once. */
export function parseSettings(value: unknown): Settings {
  const result = SettingsSchema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => ({
    path: issue.path.join('.') || 'settings',
    message: issue.message,
  }));
  throw new InvalidInputError('the settings cannot work', problems, undefined, ERROR_NAMES.invalidSettings);
}

/** The first rule whose pattern matches the whole branch name. */
export function branchRule(settings: Settings, branch: string): BranchRule | undefined {
  return settings.branches.find((rule) => matches(rule.branch, branch));
}

function matches(pattern: string, branch: string): boolean {
  const expression = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${expression.join('.*')}$`, 's').test(branch);
}
