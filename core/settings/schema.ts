/**
 * The schema of settings, with every default. Settings come from the person who deploys the app and are never read from the monorepo. A pushed
 * branch can add a service, but cannot choose where images go.
 */
import * as z from 'zod';
import { MERGE_METHODS, PROPOSALS } from '../contract/release';
import { ACTIONS, ONLY_ENVIRONMENT, STRATEGIES } from '../contract/run-input';
import { matchesWildcard } from '../text/glob';
import { BuildImages, Fleet } from './build-images-schema';
import { Environment } from './environment-schema';
import { pathInRepository, text, waitHours } from './files/text';
import { Git, ValuesRepository } from './git-schema';
import { CertificateFile, Network, OutgoingProxy } from './network/network-schema';
import { showUnlessSecret } from './plaintext-secret';
import { host, repository } from './registry/names';
import { Scan } from './scan/scan-schema';
import { BuildSecrets } from './secrets/schema';
import { Signing } from './signing/schema';
import { STACK_NAME, stackNameProblem } from './stack-name';

/** Chat services that post messages sent to a webhook address. */
const CHATS = ['slack', 'teams'] as const;

export type Chat = (typeof CHATS)[number];

/** Notices about runs and alarms, besides those to subscribers of the topic. @example { "emails": ["team@example.com"], "chats": ["slack"] } */
const Notices = z.strictObject({
  /** Addresses that get an e-mail for each notice, once they have confirmed the subscription. @example ["team@example.com"] */
  emails: z
    .array(z.email({ error: ({ input }) => `must be an e-mail address, not ${showUnlessSecret(input)}` }))
    .max(20)
    .default([]),
  /** Chats that notices are posted to. Their webhook addresses are secrets, stored in the secret of the output `ChatSecretArn`. @example ["slack"] */
  chats: z.array(z.enum(CHATS)).default([]),
  /** True to send a notice also when a run succeeds. */
  successes: z.boolean().default(false),
});

/** The alarms, by the anchors of their headings in `docs/operations.md`. */
const ALARM_NAMES = [
  'runs-failed',
  'run-stuck',
  'throttled',
  'no-run-for-a-push',
  'reconcile-failed',
  'queue-time',
  'cost-per-day',
  'events-lost',
] as const;

export type AlarmName = (typeof ALARM_NAMES)[number];

/** Replaces the defaults of one alarm: it is raised after `periods` in a row with `threshold` or more. */
const AlarmOverride = z.strictObject({
  /** The value from which on the alarm is raised. Default: the alarm's own. @example 2 */
  threshold: z.number().positive().optional(),
  /** Periods in a row with that value. Default: the alarm's own. @example 4 */
  periods: z.int().min(1).max(24).optional(),
});

export type AlarmOverride = z.infer<typeof AlarmOverride>;

const ALARM_OVERRIDE = "must be 'off', or { threshold, periods }";

/** Limits above which an alarm is raised. @example { "dollarsPerDay": 20, "queueMinutes": 15 } */
const Alarms = z.strictObject({
  /** US dollars of build time within one day. */
  dollarsPerDay: z.number().min(0.01).max(1_000_000).default(50),
  /** Minutes that a job waits for a free build machine. */
  queueMinutes: z.int().min(1).max(480).default(30),
  /** Hours that a run takes, without the waits for an approval and a merge. */
  runHours: z.int().min(1).max(96).default(6),
  /** Changes single alarms by name, or turns them off: `"throttled": "off"`, `"queue-time": { "periods": 4 }`. @example { "throttled": "off", "queue-time": { "periods": 4 } } */
  overrides: z
    .partialRecord(z.enum(ALARM_NAMES), z.union([z.literal('off'), AlarmOverride], { error: ALARM_OVERRIDE }))
    .default({}),
});

/** Periods that CloudWatch Logs offers, in days. */
const LOG_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

/** The actions that are allowed on the branches that match `branch` (`*` stands for any characters, `/` included). */
const BranchRule = z.strictObject({
  /** A branch, or a pattern of branches. @example "feature/*" */
  branch: z.string().min(1),
  /** The kinds of runs that are allowed there. @example ["push", "build"] */
  allow: z.array(z.enum(ACTIONS)).min(1),
  /** The version line of a push: `{version}` is the version under development, `{slug}` the branch's last part. A rule that allows `push` requires it. Default: none. @example "{version}-dev" */
  version: z
    .string()
    .includes('{version}', {
      error: ({ input }) => `must contain {version}, as in {version}-dev; it is ${showUnlessSecret(input)}`,
    })
    .optional(),
  /** The environment whose values file runs on these branches update. Default: the first. @example "staging" */
  environment: z.string().optional(),
  /** Set if the branch is protected from pushes: the commit of a run then goes by pull request. Default: a push. @example { "autoMerge": true, "hours": 24 } */
  pullRequest: z
    .strictObject({
      /** True to let the git host merge it as soon as its rules allow. False leaves the merge to a person. */
      autoMerge: z.boolean().default(true),
      /** How the git host merges it: one new commit, a merge commit, or its own commit on top (`rebase`, not on GitLab). */
      method: z.enum(MERGE_METHODS).default('squash'),
      /** Hours that a run waits for the merge. After them it fails, and the pull request stays open. */
      hours: waitHours.default(24),
    })
    .optional(),
});

export type BranchRule = z.infer<typeof BranchRule>;

const ReleaseTag = z.strictObject({
  /** The name of the tag: `{version}` is the version of the platform, such as `v1.4.0`. @example "release/{version}" */
  pattern: z
    .string()
    .max(100)
    .regex(/^[\w./-]*\{version\}[\w./-]*$/, {
      error: ({ input }) =>
        `must contain {version} once, beside letters, digits and . _ / -, as in release/{version}; it is ${showUnlessSecret(input)}`,
    })
    .refine((pattern) => !/^[/-]|\/\/|\.\.|\.lock$|\/\.|[./]$/.test(pattern), {
      error: ({ input }) => `is not the name of a tag that git allows: ${showUnlessSecret(input)}`,
    })
    .default('{version}'),
  /** The environment whose releases are tagged. Default: the last one. @example "production" */
  environment: z.string().optional(),
});

const USUAL_VALUES_FILE = 'cloud-tuner-dev/values.yaml';

const mirror = text(
  /^[a-z0-9.-]+(:\d+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/,
  'a host, with a prefix if it has one: ecr/docker-hub',
);

/** No pattern may match a version (`v1.4.0`), which is write-once. */
const movableTag = text(
  /^(?!v[\d*]|in-)[A-Za-z0-9_][\w.-]{0,126}\*?$/,
  'a tag that no version matches, with * only at its end: latest, stable-*',
);

export const SettingsSchema = z
  .strictObject({
    /** The JSON Schema of this file, for editors. Default: none. @example "./node_modules/monorepo-image-pipeline/schemas/settings.schema.json" */
    $schema: z
      .string()
      .regex(/(^|\/)settings\.schema\.json$/, { error: 'must name settings.schema.json; this file has settings' })
      .optional(),
    /** Name of the stack. Default: one made of the repository's name, so that two monorepos never share a stack. @example "ImagePipeline" */
    stack: z
      .string()
      .regex(STACK_NAME, { error: ({ input }) => stackNameProblem(input) })
      .optional(),
    /** The repository of the monorepo. @example { "host": "github", "repository": "team/monorepo" } */
    git: Git,
    /** The repository of values files, version locks and charts, such as a GitOps repository. Default: the monorepo has them. @example { "git": { "host": "github", "repository": "team/deployments" }, "branch": "main" } */
    valuesRepository: ValuesRepository.optional(),
    /** Path of the catalog in the monorepo. */
    catalogFile: pathInRepository.default('pipeline.yaml'),
    /** The values file that runs update, with the version lock beside it: short for one environment. Default: `cloud-tuner-dev/values.yaml`, if there are no `environments`. @example "chart/values.yaml" */
    valuesFile: pathInRepository.optional(),
    /** Values files in the order of promotion (dev, staging, production). Default: one, with `valuesFile`. @example [{ "name": "dev", "values": "chart/values.yaml" }, { "name": "production", "values": "chart/values-production.yaml", "approval": { "hours": 24 } }] */
    environments: z.array(Environment).min(1).optional(),
    /** Release repositories are `<host>/<namespace>/<image>`. @example { "host": "ecr", "namespace": "team" } */
    releases: z.strictObject({
      /** The registry; `ecr` is that of the stack's account and region. @example "ecr" */
      host,
      /** What all repositories of releases begin with. @example "team" */
      namespace: repository,
      /** Tags in ECR that may be overwritten besides our own, such as `latest` or `stable-*`. All others are write-once. @example ["latest", "stable-*"] */
      movableTags: z.array(movableTag).default([]),
      /** Other AWS accounts, such as those of clusters, that may pull from release repositories in ECR. @example ["123456789012"] */
      pullAccounts: z
        .array(text(/^\d{12}$/, 'the 12 digits of an AWS account'))
        .max(50)
        .default([]),
    }),
    /** One repository for all candidates; the only one that builds may write. @example { "host": "ecr", "repository": "team-candidates" } */
    candidates: z.strictObject({
      /** The registry, in AWS always ECR. @example "ecr" */
      host,
      /** The name of the repository, outside of the namespace of releases. @example "team-candidates" */
      repository,
    }),
    /**
     * Mirrors from which images of other hosts are pulled, as `host/prefix`: `"docker.io": "ecr/docker-hub"` for a pull-through cache of
     * ECR, which has `python:3.12` as `docker-hub/library/python:3.12`. @example { "docker.io": "ecr/docker-hub" }
     */
    mirrors: z.record(host, mirror).default({}),
    /** Images that builds run, instead of the pinned ones. `pipeline images` prints newer ones. Default: the pinned ones. @example { "buildkit": "docker.io/moby/buildkit@sha256:6c2fa84a6b61ccd72899dde4239f8d5717f05f9a8ca6f3cad185fb1a95a94de3" } */
    buildImages: BuildImages.default({}),
    /** The key that signs every image which a release gives its version, in cosign's format. Default: nothing is signed. @example { "kmsKey": "alias/releases" } */
    signing: Signing.optional(),
    /** Registries that are asked without TLS, as `host:port`. Logins and images then cross the network in clear. @example ["registry.internal:5000"] */
    plainHttp: z.array(host).default([]),
    /** An existing repository of CodeArtifact for published modules. Default: the app makes one, if there is any such module. @example { "domain": "team", "repository": "modules" } */
    packages: z
      .strictObject({
        /** The CodeArtifact domain. @example "team" */
        domain: text(/^[a-z][a-z0-9-]{0,48}[a-z0-9]$/, 'the name of a CodeArtifact domain'),
        /** The repository in it. @example "modules" */
        repository: text(/^[A-Za-z0-9][A-Za-z0-9._-]{1,99}$/, 'the name of a CodeArtifact repository'),
      })
      .optional(),
    /** What may run on which branches. The first rule that matches counts. @example [{ "branch": "main", "allow": ["release"] }] */
    branches: z
      .array(BranchRule)
      .min(1)
      .default([
        { branch: 'main', allow: ['release', 'build', 'promote', 'rollback'] },
        { branch: 'develop', allow: ['push', 'build', 'promote', 'rollback'], version: '{version}-dev' },
        { branch: 'feature/*', allow: ['push', 'build'], version: '{version}-{slug}' },
        { branch: 'hotfix/*', allow: ['build'] },
      ]),
    /** The git tag of a release of the whole platform, with the page of the release at the git host. Default: no tag. @example { "pattern": "{version}", "environment": "production" } */
    releaseTag: ReleaseTag.optional(),
    /** The strategy of releases that name none: `smart` builds what changed, `conservative` all but retag-only services, `minimal` only services whose own folder changed. */
    strategy: z.enum(STRATEGIES).default('smart'),
    /** Jobs of one stage at a time, unless the catalog's stage has its own limit. CodeBuild's own limit is per account. */
    maxConcurrency: z.int().min(1).max(1000).default(20),
    /** CodeBuild builds that the account runs at a time, which lets small images share a machine. Default: each image has its own. @example 60 */
    builders: z.int().min(1).max(9999).optional(),
    /** Reserved capacity: CodeBuild fleets that build the images of one size and CPU. Default: on-demand machines. @example [{ "arn": "arn:aws:codebuild:eu-central-1:123456789012:fleet/images:0a1b2c3d-4e5f-6789-abcd-ef0123456789", "compute": "medium" }] */
    fleets: z.array(Fleet).min(1).max(10).optional(),
    /** `recorded`: for services whose size the catalog leaves open, the cheapest machine that holds what their builds used and makes no run longer. */
    machineSize: z.enum(['catalog', 'recorded']).default('catalog'),
    /** True to start no further job of a run once one has failed. Running jobs finish, and the next run finds what they built. */
    stopAtFirstFailure: z.boolean().default(false),
    /** Images whose vulnerabilities reach a severity get no version. Default: no scan. @example { "from": "ecr", "severity": "CRITICAL" } */
    scan: Scan.optional(),
    /** Secrets that builds may use, by the ids in Dockerfiles: an ARN of Secrets Manager, or on one machine `env:NAME` or `file:/path`. A person who may push to a built branch may read them. Default: none. @example { "npm": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:npm-a1b2c3" } */
    buildSecrets: BuildSecrets.optional(),
    /** The limit of a build is this many times the catalog's minutes, and at least 15 minutes. */
    timeoutFactor: z.number().min(1).max(100).default(4),
    /** Comments on a pull request what merging it would build. Nothing is built for it; forks are skipped unless `forks` is true. */
    pullRequests: z
      .strictObject({
        /** True to comment. @example true */
        comment: z.boolean().default(false),
        /** True to comment on pull requests of forks, too. @example true */
        forks: z.boolean().default(false),
      })
      .default({ comment: false, forks: false }),
    notices: Notices.prefault({}),
    alarms: Alarms.prefault({}),
    /** Days that logs are kept. */
    logDays: z.literal(LOG_DAYS).default(90),
    /** The VPC in which functions and builds run. Default: none, with a way to the internet. @example { "vpcId": "vpc-0a1b2c3d4e5f67890", "subnetIds": ["subnet-0a1b2c3d4e5f67890"], "securityGroupIds": ["sg-0a1b2c3d4e5f67890"] } */
    network: Network.optional(),
    /** A proxy on the way from there to the git host and registries. AWS is reached without it. Default: none. @example { "https": "http://proxy.internal:3128", "except": [".internal"] } */
    proxy: OutgoingProxy.optional(),
    /** A PEM file of private certificate authorities, beside the settings, which functions and builds trust for git hosts and registries. Default: none. @example "authorities.pem" */
    certificateAuthorities: CertificateFile.optional(),
    /** False if the account has three dashboards already: a further one costs 3 USD a month. */
    dashboard: z.boolean().default(true),
    /** Concurrent executions reserved for the webhook function, which are also its limit. A new account has 10, of which none can be reserved. Default: none reserved. @example 20 */
    webhookConcurrency: z.int().min(1).max(100).optional(),
  })
  .transform(({ $schema: _, valuesFile, environments, ...settings }, context) => {
    if (valuesFile !== undefined && environments !== undefined) {
      const message = 'is given beside environments; give each environment its values file, and leave valuesFile out';
      context.addIssue({ code: 'custom', path: ['valuesFile'], message });
    }
    if (settings.builders !== undefined && settings.stopAtFirstFailure) {
      const message = 'lets images share a machine, which goes on after a failure; leave it or stopAtFirstFailure out';
      context.addIssue({ code: 'custom', path: ['builders'], message });
    }
    const only: Environment = { name: ONLY_ENVIRONMENT, values: valuesFile ?? USUAL_VALUES_FILE };
    return { ...settings, environments: environments ?? [only] };
  });

/** Typed, with every default filled in. */
export type Settings = z.infer<typeof SettingsSchema>;

/** As a person writes them, without the settings that have defaults. */
export type SettingsInput = z.input<typeof SettingsSchema>;

/** Returns the first rule whose pattern matches the whole branch name. The pipeline's own branches have none. */
export function branchRule(settings: Settings, branch: string): BranchRule | undefined {
  if (branch.startsWith(PROPOSALS)) return undefined;
  return settings.branches.find((rule) => matchesWildcard(rule.branch, branch));
}
