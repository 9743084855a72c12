/**
 * Settings of one deployment: they belong to whoever deploys the app and are never read from the monorepo, so that a pushed
 * branch can add a service but cannot choose where images go.
 */
import * as z from 'zod';
import { ACTIONS, STRATEGIES } from '../contract/run-input';

// Settings of a deployment that are about running it: who is told what, and when something is out of the ordinary.

/** Services with a webhook address that messages can be posted to. */
const CHATS = ['slack', 'teams'] as const;

export type Chat = (typeof CHATS)[number];

/** Who is told about runs and alarms, besides whoever subscribes to the topic. */
const Notices = z.strictObject({
  /** Addresses that get an e-mail for each notice, once they have confirmed the subscription. */
  emails: z.array(z.email('must be an e-mail address')).max(20).default([]),
  /** Where notices are posted. The webhook addresses are secrets and lie in the secret of the output `ChatSecretArn`. */
  chats: z.array(z.enum(CHATS)).default([]),
  /** True if runs that succeed are told, too. */
  successes: z.boolean().default(false),
});

/** From where on something is out of the ordinary. */
const Alarms = z.strictObject({
  /** US dollars of build time within one day. */
  dollarsPerDay: z.number().positive().default(50),
  /** Minutes that a job waits for a free build machine. */
  queueMinutes: z.int().min(1).max(120).default(30),
  /** Hours that a run takes, besides waiting for an approval. */
  runHours: z.int().min(1).max(48).default(6),
});

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

/** An App's two numbers, which are no secret. */
const GitHubApp = z.strictObject({ appId: z.int().positive(), installationId: z.int().positive() });

const Git = z.discriminatedUnion('host', [
  z.strictObject({
    host: z.literal('github'),
    /** `owner/name`. */
    repository: z.string().regex(/^[\w.-]+\/[\w.-]+$/, 'must be owner/name'),
    /** Numeric ids stay right when a repository is renamed or its name is taken over. */
    repositoryId: z.int().positive().optional(),
    apiUrl: z.url({ protocol: /^https?$/ }).default('https://api.github.com'),
    /** A GitHub App in the place of a token: the git secret then holds the App's private key. */
    app: GitHubApp.optional(),
    /**
     * A second login, which cannot commit: all steps but the commit step have it, in a secret of its own. `token`, or a second App, since
     * whoever has an App's key can make every token that the App was granted.
     */
    reader: z.union([z.literal('token'), GitHubApp]).optional(),
  }),
  z.strictObject({
    host: z.literal('gitlab'),
    /** `group/name`, subgroups included. */
    repository: z.string().regex(/^[\w.-]+(\/[\w.-]+)+$/, 'must be group/name'),
    /** The project's numeric id. */
    repositoryId: z.int().positive().optional(),
    apiUrl: z.url({ protocol: /^https?$/ }).default('https://gitlab.com/api/v4'),
    /** A second token, which cannot commit to protected branches, as with GitHub. */
    reader: z.literal('token').optional(),
  }),
  z.strictObject({ host: z.literal('local'), /** Path of a bare repository. */ path: z.string().min(1) }),
]);

const host = z.string().regex(/^[a-z0-9.-]+(:\d+)?$/, 'must be a host name, with a port if needed, without https://');

const repository = z
  .string()
  .regex(/^[a-z0-9]+([._/-]+[a-z0-9]+)*$/, 'must be lower case letters, digits and . _ - / between them');

const mirror = z
  .string()
  .regex(
    /^[a-z0-9.-]+(:\d+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/,
    'must be a host, with a prefix if it has one: ecr/docker-hub',
  );

/** No pattern may match a version (`v1.4.0`): that one is write-once. */
const movableTag = z
  .string()
  .regex(
    /^(?!v[\d*]|in-)[A-Za-z0-9_][\w.-]{0,126}\*?$/,
    'must be a tag, with * at its end at most, that no version can match: latest, stable-*',
  );

export const SettingsSchema = z
  .strictObject({
    git: Git,
    /** Path of the catalog in the monorepo. */
    catalogFile: z.string().min(1).default('pipeline.yaml'),
    /** The values file that runs move, and beside which the version lock lies: short for one environment. */
    valuesFile: z.string().min(1).optional(),
    /** Values files in the order of promotion (dev, staging, production). */
    environments: z.array(Environment).min(1).optional(),
    /** Release repositories are `<host>/<namespace>/<image>`. */
    releases: z.strictObject({
      host,
      namespace: repository,
      /** Tags in ECR that may move besides those of ours, such as `latest` or `stable-*`. All others are write-once. */
      movableTags: z.array(movableTag).default([]),
    }),
    /** One repository for all candidates; the only one that builds may write. */
    candidates: z.strictObject({ host, repository }),
    /**
     * Where images of other hosts are pulled instead, as `host/prefix`: `"docker.io": "ecr/docker-hub"` for a pull-through cache of ECR,
     * which has `python:3.12` as `docker-hub/library/python:3.12`.
     */
    mirrors: z.record(host, mirror).default({}),
    /** A repository of CodeArtifact that is there already, for published modules. Default: the app makes one, if there is any such module. */
    packages: z
      .strictObject({
        domain: z.string().regex(/^[a-z][a-z0-9-]{0,48}[a-z0-9]$/, 'must be the name of a CodeArtifact domain'),
        repository: z
          .string()
          .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{1,99}$/, 'must be the name of a CodeArtifact repository'),
      })
      .optional(),
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
    maxConcurrency: z.int().min(1).max(1000).default(20),
    /** True if no further job of a run starts once one has failed. Those that run already go on: what they build is found the next time. */
    stopAtFirstFailure: z.boolean().default(false),
    /** Build machine limit is this many times the catalog's minutes, and at least 15 minutes. */
    timeoutFactor: z.number().min(1).default(4),
    /** Says on a pull request what merging it would build. Nothing is built for it; forks are left alone unless asked for. */
    pullRequests: z
      .strictObject({ comment: z.boolean().default(false), forks: z.boolean().default(false) })
      .default({ comment: false, forks: false }),
    /** Who is told about runs and alarms. */
    notices: Notices.prefault({}),
    /** From where on something is out of the ordinary. */
    alarms: Alarms.prefault({}),
    /** False where the account has three dashboards already, and a further one would cost 3 USD a month. */
    dashboard: z.boolean().default(true),
    /**
     * Concurrent executions kept free for the webhook function, and its limit. Left out by default: an account with 10 of them, as new
     * ones have, can reserve none, and could not be deployed to.
     */
    webhookConcurrency: z.int().min(1).max(100).optional(),
  })
  .transform(({ valuesFile, environments, ...settings }, context) => {
    if (valuesFile !== undefined && environments !== undefined) {
      const message = 'is given beside environments; give each environment its values file, and leave valuesFile out';
      context.addIssue({ code: 'custom', path: ['valuesFile'], message });
    }
    const only: Environment = { name: ONLY_ENVIRONMENT, values: valuesFile ?? USUAL_VALUES_FILE };
    return { ...settings, environments: environments ?? [only] };
  });

/** Typed, with every default filled in. */
export type Settings = z.infer<typeof SettingsSchema>;

/** As a person writes them: what has a default may be left out. */
export type SettingsInput = z.input<typeof SettingsSchema>;

/** True if all steps but the commit step have a login of their own at the git host, in a secret of its own. */
export function hasReader({ git }: Settings): boolean {
  return git.host !== 'local' && git.reader !== undefined;
}

/** The first rule whose pattern matches the whole branch name. */
export function branchRule(settings: Settings, branch: string): BranchRule | undefined {
  return settings.branches.find((rule) => matches(rule.branch, branch));
}

function matches(pattern: string, branch: string): boolean {
  const expression = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${expression.join('.*')}$`, 's').test(branch);
}
