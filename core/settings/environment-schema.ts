/** The schema of an environment: its values files, its approval, and what happens after the commit: deployed, verified, watched, promoted. */
import * as z from 'zod';
import { helmChart, pathInRepository, text, waitHours } from './files/text';
import { filesKeys } from './files/values-schema';
import { EnvironmentRegistry } from './registry/registry-schema';

/** One second, in minutes: the shortest limit. On one machine, seconds are enough. */
const ONE_SECOND = 1 / 60;

const minutesUpTo = (most: number) =>
  z
    .number({ error: `must be a number of minutes, at most ${most}` })
    .min(ONE_SECOND)
    .max(most);

const kubernetesName = text(
  /^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/,
  'a name in Kubernetes: lower case letters, digits, - and ., at most 63 characters',
);

const cluster = text(
  /^([0-9A-Za-z][0-9A-Za-z_-]{0,99}|https?:\/\/[^\s@]+)$/,
  "the name of an EKS cluster, or the address of a cluster's API",
);

/** What every kind of deployment has. The workloads of the namespace are compared with the values file. */
const place = {
  /** The name of an EKS cluster, or the address of a cluster's API. @example "shop-production" */
  cluster,
  /** The namespace whose workloads are compared with the values file. @example "shop" */
  namespace: kubernetesName,
  /** Minutes until all workloads must run the released images. */
  minutes: minutesUpTo(240).default(15),
  /** Services that this environment does not deploy, although its values file names them. @example ["batch"] */
  without: z.array(z.string().min(1)).default([]),
  /** Services whose images run only in Jobs that are removed when they are done, such as Helm hooks. They may be absent. @example ["migrate"] */
  shortLived: z.array(z.string().min(1)).default([]),
};

const DEPLOY_KINDS = "must be 'helm', 'argocd', 'flux', 'command' or 'nothing'";

const Deploy = z.discriminatedUnion(
  'with',
  [
    /** `helm upgrade --install` at the released commit, with the environment's values files. */
    z.strictObject({
      /** What deploys. */
      with: z.literal('helm'),
      /** The chart's folder in the monorepo. @example "chart" */
      chart: helmChart,
      /** The name of the Helm release. @example "shop" */
      release: text(/^[a-z0-9]([a-z0-9-]{0,51}[a-z0-9])?$/, 'the name of a Helm release'),
      ...place,
    }),
    /** Argo CD deploys by itself. The run waits until the application has synced the commit. */
    z.strictObject({
      with: z.literal('argocd'),
      /** The name of the Argo CD application. @example "shop" */
      application: kubernetesName,
      /** The namespace of Argo CD, or of the Flux object. */
      toolNamespace: kubernetesName.default('argocd'),
      ...place,
    }),
    /** Flux deploys by itself, likewise. */
    z.strictObject({
      with: z.literal('flux'),
      /** The kind of the Flux object. */
      kind: z.enum(['Kustomization', 'HelmRelease']).default('Kustomization'),
      /** The name of the Flux object. @example "shop" */
      name: kubernetesName,
      toolNamespace: kubernetesName.default('flux-system'),
      ...place,
    }),
    /** A script of the monorepo at the released commit. With a cluster, its workloads are looked at afterwards. */
    z.strictObject({
      with: z.literal('command'),
      /** The script's path in the monorepo. @example "scripts/deploy.sh" */
      script: pathInRepository,
      ...place,
      cluster: cluster.optional(),
      namespace: kubernetesName.optional(),
    }),
    /** Something else deploys. The workloads are only looked at. */
    z.strictObject({ with: z.literal('nothing'), ...place }),
  ],
  { error: ({ code }) => (code === 'invalid_union' ? DEPLOY_KINDS : undefined) },
);

export type Deploy = z.infer<typeof Deploy>;

const headerName = /^[A-Za-z0-9-]{1,80}$/;

/** A header of a request: its value, or the secret that has it. `fromSecret` is a name or an ARN of Secrets Manager. */
const Header = z.union(
  [
    z.string().max(1000),
    z.strictObject({
      /** The name or ARN of a secret in Secrets Manager. @example "shop/health-token" */
      fromSecret: z.string().min(1).max(300),
      /** What stands before the secret in the header. @example "Bearer " */
      prefix: z.string().max(40).default(''),
    }),
  ],
  { error: 'must be a text, or { fromSecret, prefix } with the name or ARN of a secret' },
);

export type CheckHeader = z.infer<typeof Header>;

const Expectations = z.strictObject({
  /** The status of the reply. */
  status: z.int().min(100).max(599).default(200),
  /** A text that the body contains. Default: any body. @example "ok" */
  body: z.string().min(1).max(1000).optional(),
  /** Values of the JSON body by dotted path: `"data.status": "up"`. Default: any. @example { "data.status": "up" } */
  json: z.record(z.string().min(1), z.union([z.string(), z.number(), z.boolean(), z.null()])).optional(),
  /** Texts that headers contain. Default: any. @example { "content-type": "application/json" } */
  headers: z.record(z.string().regex(headerName), z.string()).optional(),
});

/** An HTTP request with what its reply must be. */
export interface HttpCheck {
  readonly url: string;
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly headers: Readonly<Record<string, CheckHeader>>;
  /** The bound of one try. */
  readonly seconds: number;
  /** Further tries after a failed one, before the check has failed for good. */
  readonly retries: number;
  readonly expect: z.infer<typeof Expectations>;
}

/** A script of the monorepo at the released commit. Exit code 0 passes. */
export interface CommandCheck {
  readonly script: string;
  /** The bound of one try. */
  readonly minutes: number;
  readonly retries: number;
}

export type Check = HttpCheck | CommandCheck;

/** Returns true for a check that runs a script. */
export function isCommand(check: Check): check is CommandCheck {
  return 'script' in check;
}

const NO_SECONDS = 'is missing: a request has no bound on its time; write seconds, such as 10';
const NO_MINUTES = 'is missing: a command has no bound on its time; write minutes, such as 10';

const ONLY_OF_REQUESTS = ['method', 'headers', 'seconds', 'expect'] as const;

const Check = z
  .strictObject({
    /** The address of a request. Default: the check is a script. @example "https://shop.example/health" */
    url: z.url({ protocol: /^https?$/, error: 'must be an address that begins with https://' }).optional(),
    /** The method of a request. Default: GET. @example "HEAD" */
    method: z.enum(['GET', 'HEAD', 'POST']).optional(),
    /** Headers of a request, each a text or a secret. Default: none. @example { "Authorization": { "fromSecret": "shop/health-token", "prefix": "Bearer " } } */
    headers: z.record(z.string().regex(headerName, 'is no name of a header'), Header).optional(),
    /** The bound of one request, in seconds; a request requires it. Default: none. @example 10 */
    seconds: z.number().positive().max(60).optional(),
    /** What the reply must be. Default: status 200. @example { "status": 200, "body": "ok" } */
    expect: Expectations.optional(),
    /** The path of a script in the monorepo, whose exit code 0 passes. Default: the check is a request. @example "scripts/smoke-test.sh" */
    script: pathInRepository.optional(),
    /** The bound of one script, in minutes; a script requires it. Default: none. @example 10 */
    minutes: minutesUpTo(120).optional(),
    /** Further tries after a failed one. */
    retries: z.int().min(0).max(20).default(2),
  })
  .superRefine((check, context) => {
    const issue = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if ((check.url === undefined) === (check.script === undefined)) {
      issue('url', 'must be the address of a request, or script the path of a command: exactly one of the two');
    } else if (check.url !== undefined) {
      if (check.seconds === undefined) issue('seconds', NO_SECONDS);
      if (check.minutes !== undefined) issue('minutes', 'is the bound of a command; a request has seconds');
    } else {
      if (check.minutes === undefined) issue('minutes', NO_MINUTES);
      for (const key of ONLY_OF_REQUESTS)
        if (check[key] !== undefined) issue(key, 'belongs to a request, not to a command');
    }
    for (const [name, value] of Object.entries(check.headers ?? {})) {
      if (typeof value === 'string' && SECRET_HEADERS.test(name)) {
        const message = `${name} holds a secret; write { "fromSecret": "<name or ARN>", "prefix": "Bearer " } instead of its value`;
        context.addIssue({ code: 'custom', path: ['headers', name], message });
      }
    }
  })
  .transform(({ url, script, method = 'GET', headers = {}, seconds, expect, minutes, retries }): Check => {
    if (script !== undefined) return { script, minutes: minutes ?? 0, retries };
    return { url: url ?? '', method, headers, seconds: seconds ?? 0, retries, expect: expect ?? { status: 200 } };
  });

/** Names of headers that carry a login. */
const SECRET_HEADERS = /authorization|cookie|token|secret|api-?key|password/i;

/** Looks of one watch: each adds about ten events to the history of the run, which may have 25,000. */
const MAX_LOOKS = 1000;

/** After everything is verified, checks go on, and alarms of CloudWatch must stay quiet. Default: none. @example { "minutes": 30, "alarms": ["shop-errors"] } */
const Watch = z
  .strictObject({
    /** How long to watch, in minutes; or give `hours`. Default: `hours`. @example 30 */
    minutes: minutesUpTo(10_080).optional(),
    /** How long to watch, in hours. Default: `minutes`. @example 2 */
    hours: z.number().positive().max(168).optional(),
    /** Minutes between two looks. */
    every: minutesUpTo(1440).default(5),
    /** Names of alarms in CloudWatch. @example ["shop-errors"] */
    alarms: z.array(z.string().min(1).max(255)).max(100).default([]),
  })
  .superRefine(({ minutes, hours, every }, context) => {
    const issue = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if ((minutes === undefined) === (hours === undefined)) {
      issue('minutes', 'must be how long to watch: either minutes or hours');
    }
    const looks = (minutes ?? (hours ?? 0) * 60) / every;
    if (looks > MAX_LOOKS) issue('every', `gives ${Math.ceil(looks)} looks; at most ${MAX_LOOKS} are possible`);
  })
  .transform(({ minutes, hours = 0, every, alarms }) => ({ minutes: minutes ?? hours * 60, every, alarms }));

export type Watch = z.infer<typeof Watch>;

export const Environment = z.strictObject({
  /** Its name. @example "production" */
  name: text(
    /^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/,
    'lower case letters, digits and - between them, at most 32 characters',
  ),
  ...filesKeys,
  /** The registry that it pulls from, into which each run copies the images that it releases. Default: that of the releases. @example { "host": "444455556666.dkr.ecr.eu-west-1.amazonaws.com", "namespace": "shop" } */
  registry: EnvironmentRegistry.optional(),
  /** Set if a person has to approve before versions are assigned. No answer within these hours rejects the run. Default: no approval. @example { "hours": 24, "notByStarter": true } */
  approval: z
    .strictObject({
      /** How long a run waits for the answer. @example 24 */
      hours: waitHours,
      /** True if the person who started a run must not approve it. A run whose starter is not known is then refused. */
      notByStarter: z.boolean().default(false),
    })
    .optional(),
  /** How the commit reaches a cluster. Default: nothing is waited for. @example { "with": "argocd", "application": "shop", "cluster": "shop", "namespace": "shop" } */
  deploy: Deploy.optional(),
  /** Checks by name. All must pass after the deployment. Default: none. @example { "health": { "url": "https://shop.example/health", "seconds": 10 } } */
  verify: z.record(text(/^[a-z0-9][a-z0-9-]{0,39}$/, 'lower case letters, digits and -, at most 40'), Check).optional(),
  watch: Watch.optional(),
  /** `rollback` undoes a run that could not be deployed or verified. `stop` leaves the environment to a person. Default: stop. @example "rollback" */
  onFailure: z.enum(['rollback', 'stop']).optional(),
  /** The environment that is promoted to next, once all is well. Default: none. @example "production" */
  then: z.string().optional(),
});

export type Environment = z.infer<typeof Environment>;

/** Returns true if anything happens in the environment after the commit. */
export function isRolledOut({ deploy, verify, watch, then }: Environment): boolean {
  return [deploy, verify, watch, then].some((part) => part !== undefined);
}
