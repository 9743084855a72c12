/** The only public input of the state machine, the name of its run, and its branch. It is checked before a run reads or writes anything. */
import * as z from 'zod';
import { InvalidInputError, type Problem } from '../contract/errors';
import { type Action, type ExecutionInput, LONGEST_ACTOR, STRATEGIES } from '../contract/run-input';
import { type BranchRule, branchRule, type Settings } from '../settings/schema';
import { isTooDeep, MAX_LEVELS } from '../text/json';
import { isVersion } from '../version/version';

const EXAMPLES = {
  push: '{ "action": "push", "ref": "refs/heads/develop", "commit": "0123456789abcdef0123456789abcdef01234567" }',
  release: '{ "action": "release", "version": "v1.4.0", "from": "v1.3.0", "ref": "main", "strategy": "smart" }',
  build: '{ "action": "build", "services": ["restapi"], "version": "v1.4.0-hotfix-1", "ref": "hotfix/login" }',
  promote: '{ "action": "promote", "services": ["diworker"], "from": "v1.4.0-dev-5", "version": "v1.4.0" }',
  rollback: '{ "action": "rollback", "version": "v1.3.0" }',
} as const;

const VERSION_ERROR = 'must be a version such as v1.4.0 or v1.4.0-hotfix-1, at most 128 characters';

const version = z.string().refine(isVersion, { error: VERSION_ERROR });

const runName = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,80}$/, { error: 'must be the name of a run: letters, digits, - and _, at most 80' });

const dryRun = z.boolean({ error: 'must be true or false' }).optional();

/** Returns true for a name that fits into one line of a message. */
export function isActor(name: string): boolean {
  return name.length <= LONGEST_ACTOR && /^[^\p{C}\p{Z}]([^\p{C}\p{Zl}\p{Zp}]*[^\p{C}\p{Z}])?$/u.test(name);
}

const startedBy = z
  .string({ error: 'must be the name of who starts the run' })
  .refine(isActor, {
    error: `must be a name in one line, without spaces around it, at most ${LONGEST_ACTOR} characters`,
  })
  .optional();

const started = { dryRun, startedBy };

/** Rules of git (git-check-ref-format), checked here so that a wrong name is reported early. */
const FORBIDDEN_IN_REF = /[\s~^:?*[\\]|\.\.|@\{|\/\/|^\/|\/$|\.$|\.lock$/;

function isRefName(ref: string): boolean {
  const hasControl = [...ref].some((character) => character < ' ' || character === '\u007f');
  return ref.length <= 255 && ref !== '@' && !hasControl && !FORBIDDEN_IN_REF.test(ref);
}

const refName = z
  .string({ error: 'must be the name of a branch, such as main' })
  .min(1, { error: 'must be the name of a branch, such as main' })
  .refine(isRefName, { error: 'is not a branch name that git allows' });

const branch = refName.transform((ref) => ref.replace(/^refs\/heads\//, ''));

const Push = z.strictObject({
  action: z.literal('push'),
  ref: refName.refine((ref) => ref.startsWith('refs/heads/'), {
    error: 'must be the full name of a branch, such as refs/heads/develop',
  }),
  commit: z
    .string({ error: 'must be the 40 hex digits of the commit' })
    .regex(/^[0-9a-f]{40}$/, { error: 'must be the 40 lower case hex digits of the commit' }),
  ...started,
});

const Release = z.strictObject({
  action: z.literal('release'),
  version,
  from: version.optional(),
  ref: branch,
  strategy: z.enum(STRATEGIES, { error: `must be one of ${STRATEGIES.join(', ')}` }).optional(),
  ...started,
});

const services = z
  .array(z.string().min(1), { error: 'must be a list of service names' })
  .min(1, { error: 'must name at least one service' })
  .refine((names) => new Set(names).size === names.length, { error: 'names a service twice' });

const Build = z.strictObject({ action: z.literal('build'), services, version, ref: branch, ...started });

const environment = z
  .string({ error: 'must be the name of an environment, such as staging' })
  .min(1, { error: 'must be the name of an environment, such as staging' });

const Promote = z
  .strictObject({
    action: z.literal('promote'),
    services: services.optional(),
    from: version.optional(),
    version: version.optional(),
    run: runName.optional(),
    environment: environment.optional(),
    ref: branch.optional(),
    ...started,
  })
  .superRefine(({ from, version: to, run, environment: target }, context) => {
    const issue = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (run !== undefined) {
      if (to !== undefined) issue('version', 'must be left out beside run: every image keeps its version');
      if (from !== undefined) issue('from', 'must be left out beside run');
      if (target === undefined) issue('environment', 'must be the environment to promote to, such as staging');
      return;
    }
    if (to === undefined) issue('version', VERSION_ERROR);
    if (target !== undefined) return;
    const missing =
      'must be the version that was tested, such as v1.4.0-dev-5; it is optional only with an environment';
    const same = 'must differ from the version that is assigned; the same one is allowed only with an environment';
    if (from === undefined) issue('from', missing);
    else if (from === to) issue('from', same);
  });

const Rollback = z
  .strictObject({
    action: z.literal('rollback'),
    version: version.optional(),
    run: runName.optional(),
    reason: z
      .string()
      .regex(/^[^\p{Cc}]{1,300}$/u, { error: 'must be one line of at most 300 characters' })
      .optional(),
    services: services.optional(),
    environment: environment.optional(),
    ref: branch.optional(),
    ...started,
  })
  .superRefine(({ version: to, run, reason }, context) => {
    const issue = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (to === undefined && run === undefined) issue('version', `${VERSION_ERROR}; or name the run to undo: "run"`);
    if (to !== undefined && run !== undefined) issue('run', 'must be left out beside version; name one of them');
    if (reason !== undefined && run === undefined) issue('reason', 'must be left out without run');
  });

const SCHEMAS = { push: Push, release: Release, build: Build, promote: Promote, rollback: Rollback } as const;

/** Parses the input of a person or a webhook. Throws `InvalidInput` with every problem and a valid example. */
export function parseExecutionInput(value: unknown): ExecutionInput {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refuse([{ path: 'input', message: 'must be a JSON object' }], EXAMPLES.release);
  }
  if (isTooDeep(value)) {
    throw refuse([{ path: 'input', message: `nests deeper than ${MAX_LEVELS} levels` }], EXAMPLES.release);
  }
  const action = (value as { action?: unknown }).action;
  if (!isAction(action)) {
    const message = `is ${shorten(action)}; must be one of ${Object.keys(SCHEMAS).join(', ')}`;
    throw refuse([{ path: 'action', message }], EXAMPLES.release);
  }
  const result = SCHEMAS[action].safeParse(value);
  if (result.success) return result.data;
  throw refuse(
    result.error.issues.flatMap((issue) => problemsOf(issue, value)),
    EXAMPLES[action],
  );
}

function problemsOf(issue: z.core.$ZodIssue, value: object): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: shorten(key).replaceAll('"', ''),
      message: 'is not a field of this action',
    }));
  }
  const path = issue.path.join('.');
  const given = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], value);
  const message = given === undefined ? `is missing; it ${issue.message}` : `is ${shorten(given)}; it ${issue.message}`;
  return [{ path: path || 'input', message }];
}

function isAction(value: unknown): value is Action {
  return Object.keys(SCHEMAS).some((action) => action === value);
}

/** Returns a value as JSON, cut to 80 characters. */
function shorten(value: unknown): string {
  const text = value === undefined ? 'missing' : (JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function refuse(problems: readonly Problem[], example: string): InvalidInputError {
  return new InvalidInputError('the execution input cannot be run', problems, `A valid input: ${example}`);
}

/**
 * Returns a name such as `release-v1-4-0-20261123T210501042` for a run that a person starts. It has the action, the subject, and the time to
 * the millisecond, so that two runs never share a name. `startedAt` is in ms since 1970. Step Functions allows 1 to 80 characters, and each
 * name once in 90 days. All characters are legal in object keys and file names.
 */
export function executionName(input: ExecutionInput, startedAt: number): string {
  const subject =
    input.action === 'push'
      ? `${input.ref.replace(/^refs\/heads\//, '')}-${input.commit.slice(0, 8)}`
      : subjectOf(input);
  const time = new Date(startedAt).toISOString().replace(/[-:.Z]/g, '');
  const kind = input.dryRun === true ? `${input.action}-dry` : input.action;
  return `${kind}-${subject.replace(/[^A-Za-z0-9]+/g, '-').slice(0, 48)}-${time}`;
}

function subjectOf(input: Exclude<ExecutionInput, { action: 'push' }>): string {
  return input.version ?? ('run' in input ? input.run : undefined) ?? '';
}

/** A branch without `refs/heads/`, and its rule. */
export interface RunBranch {
  readonly branch: string;
  readonly rule: BranchRule;
}

/**
 * Returns the branch that the input names; without one, the first branch rule that allows the action and is not a pattern. Throws
 * `InvalidInput` if the rules do not allow it.
 */
export function runBranch(input: ExecutionInput, settings: Settings): RunBranch {
  const allowing = settings.branches.filter(({ allow }) => allow.includes(input.action)).map(({ branch }) => branch);
  const branch = input.ref?.replace(/^refs\/heads\//, '') ?? allowing.find((pattern) => !pattern.includes('*'));
  if (branch === undefined) {
    const message = `is missing, and every branch rule that allows ${input.action} is a pattern; name a branch`;
    throw new InvalidInputError('the run was refused', [{ path: 'ref', message }]);
  }
  const rule = branchRule(settings, branch);
  if (rule?.allow.includes(input.action)) return { branch, rule };
  const message = `the branch rules do not allow ${input.action} on '${branch}'; it is allowed on: ${allowing.join(', ') || 'no branch'}`;
  throw new InvalidInputError('the run was refused', [{ path: 'ref', message }]);
}
