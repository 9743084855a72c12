/** The actions of the board, each as the command that does it. */
import { InvalidInputError, type Problem } from '../contract/errors';
import type { Action, ExecutionInput } from '../contract/run-input';
import { shellWord } from '../text/escape';
import { parseExecutionInput } from '../webhook/execution-input';

/** A command as words: `pipeline` or `aws` first. */
export type CommandWords = readonly [program: 'pipeline' | 'aws', ...words: string[]];

/** Returns the command as a person types it. */
export function commandText([program, ...words]: CommandWords): string {
  const typed = program === 'pipeline' ? ['npx', 'pipeline'] : [program];
  return [...typed, ...words.map(shellWord)].join(' ');
}

/** The place of the board's runs: a home, which may be served, or a deployed stack. */
export type BoardPlace =
  | { readonly kind: 'home'; readonly home: string; readonly endpoint?: string }
  | { readonly kind: 'stack'; readonly stack: string; readonly region?: string };

/** Actions on a run that exists. */
export const RUN_ACTIONS = ['approve', 'reject', 'stop', 'redrive'] as const;

export type RunAction = (typeof RUN_ACTIONS)[number];

/** The fields of the form that starts each kind of run. */
export const FIELDS_OF = {
  release: ['ref', 'version', 'from', 'strategy'],
  push: ['ref', 'commit'],
  build: ['ref', 'version', 'services'],
  promote: ['version', 'environment', 'from', 'run', 'services', 'ref'],
  rollback: ['version', 'run', 'reason', 'environment', 'services', 'ref'],
} as const satisfies Readonly<Record<Action, readonly string[]>>;

export type StartField = (typeof FIELDS_OF)[Action][number];

/** Service names as catalogs have them. Nothing that begins with `-` can be taken for an option. */
const SERVICE = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

/** Reads a filled-in form. Empty fields are left out. Throws `InvalidInput` with all problems. */
export function readStart(action: Action, field: (name: StartField) => string | undefined): ExecutionInput {
  const given = FIELDS_OF[action].flatMap((name): [string, unknown][] => {
    const text = (field(name) ?? '').trim();
    if (text === '') return [];
    if (name === 'services') return [[name, text.split(/[\s,]+/)]];
    return [[name, name === 'ref' && action === 'push' ? `refs/heads/${text.replace(/^refs\/heads\//, '')}` : text]];
  });
  const input = parseExecutionInput({ action, ...Object.fromEntries(given) });
  const problems = ('services' in input ? (input.services ?? []) : [])
    .filter((name) => !SERVICE.test(name))
    .map((name): Problem => ({ path: 'services', message: `'${name.slice(0, 80)}' is not the name of a service` }));
  if (problems.length > 0) throw new InvalidInputError('the run was refused', problems);
  return input;
}

/** Returns the command that starts the run. A dry run waits for its end; a real one does not, unless the home is not served. */
export function startCommand(input: ExecutionInput, place: BoardPlace, isDryRun: boolean): CommandWords {
  const dry = isDryRun ? ['--dry-run'] : [];
  const words = [input.action, ...inputWords(input), ...dry];
  if (place.kind === 'home' && place.endpoint === undefined) return ['pipeline', 'run', ...words, '--home', place.home];
  return ['pipeline', 'start', ...words, ...(isDryRun ? [] : ['--no-follow']), ...statesWords(place)];
}

/** Returns options of the form `--name=value`, which cannot be taken for anything else. */
function inputWords({ action: _, dryRun: __, ...fields }: ExecutionInput): readonly string[] {
  return Object.entries(fields).flatMap(([name, value]) => {
    if (Array.isArray(value)) return [`--${name}`, ...value];
    return value === undefined ? [] : [`--${name}=${value}`];
  });
}

function statesWords(place: BoardPlace): readonly string[] {
  if (place.kind === 'home') return place.endpoint === undefined ? [] : ['--endpoint-url', place.endpoint];
  return ['--stack', place.stack, ...(place.region === undefined ? [] : ['--region', place.region])];
}

/** Returns the command for a run. `arn` is that of its execution. Returns undefined if the run cannot be reached that way. */
export function runCommand(
  action: RunAction,
  run: string,
  place: BoardPlace,
  { arn, reason = '' }: { readonly arn?: string | undefined; readonly reason?: string },
): CommandWords | undefined {
  if (action === 'approve' || action === 'reject') {
    const why = action === 'reject' && reason !== '' ? [`--reason=${reason}`] : [];
    const where = place.kind === 'home' ? ['--home', place.home] : statesWords(place);
    return ['pipeline', action, run, ...why, ...where];
  }
  if (arn === undefined) return undefined;
  const verb = action === 'stop' ? 'stop-execution' : 'redrive-execution';
  const region = arn.split(':')[3] ?? '';
  const where = place.kind === 'home' && place.endpoint !== undefined ? ['--endpoint-url', place.endpoint] : [];
  return ['aws', 'stepfunctions', verb, '--execution-arn', arn, '--region', region, ...where];
}

/** The effect of each action, in words for its confirmation. */
export const CONSEQUENCES: Readonly<Record<RunAction, string>> = {
  approve: 'The run continues: it assigns the versions and updates the values file in one commit.',
  reject: 'The run ends. No version is assigned and no values file is changed. Images that were built are kept.',
  stop: 'The run ends as soon as its current step allows. A commit that was made stays. Images that were built are kept.',
  redrive: 'The run is planned again under its name. Images that were built are found and not built twice.',
};

/** Returns the actions that make sense for a run in this state. */
export function possibleActions(state: string, hasArn: boolean): readonly RunAction[] {
  if (state === 'waiting') return hasArn ? ['approve', 'reject', 'stop'] : ['approve', 'reject'];
  if (state === 'running') return hasArn ? ['stop'] : [];
  return state === 'failed' && hasArn ? ['redrive'] : [];
}
