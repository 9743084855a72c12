/**
 * Settings of one deployment: they belong to whoever deploys the app and are never read from the monorepo, so that a pushed
 * branch can add a service but cannot choose where images go.
 */
import * as z from 'zod';
import { ERROR_NAMES, STRATEGIES } from './contract';
import { InvalidInputError } from './errors';

/** What may be started on the branches that match `branch` (`*` stands for any characters, `/` included). */
const BranchRule = z.strictObject({
  branch: z.string().min(1),
  allow: z.array(z.enum(['push', 'release', 'build'])).min(1),
  /** The version line of a push: `{version}` is the version under development, `{slug}` the branch's last part. */
  version: z.string().includes('{version}').optional(),
});
export type BranchRule = z.infer<typeof BranchRule>;

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
    /** The values file that a release moves, and beside which the version lock lies. */
    valuesFile: z.string().min(1).default('cloud-tuner-dev/values.yaml'),
    /** Release repositories are `<host>/<namespace>/<image>`. */
    releases: z.strictObject({ host, namespace: repository }),
    /** One repository for all candidates; the only one that builds may write. */
    candidates: z.strictObject({ host, repository }),
    branches: z
      .array(BranchRule)
      .min(1)
      .default([
        { branch: 'main', allow: ['release', 'build'] },
        { branch: 'develop', allow: ['push', 'build'], version: '{version}-dev' },
        { branch: 'feature/*', allow: ['push', 'build'], version: '{version}-{slug}' },
        { branch: 'hotfix/*', allow: ['build'] },
      ]),
    strategy: z.enum(STRATEGIES).default('smart'),
    /** Jobs of one stage at a time, where the catalog's stage does not say (CodeBuild's own limit is per account). */
    maxConcurrency: z.int().min(1).max(40).default(20),
    /** Build machine limit is this many times the catalog's minutes, and at least 15 minutes. */
    timeoutFactor: z.number().min(1).default(4),
  })
  .superRefine((settings, context) => {
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
