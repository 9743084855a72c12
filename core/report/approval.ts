/** Approvals: the question to people, the answer as the state machine has it, and the rule about who may answer. */
import * as z from 'zod';
import { ERROR_NAMES, PipelineError } from '../contract/errors';
import type { Plan, PlannedService } from '../contract/plan';
import type { Approval, GivenApproval } from '../contract/release';
import { LONGEST_ACTOR } from '../contract/run-input';
import { ruledVersion } from '../planning/version-order';
import { someOf } from '../text/escape';
import { present } from '../text/present';
import { runTitle } from './run-text';

/** The most characters of a comment, so that it fits into a trailer and a line of a notice. */
export const LONGEST_COMMENT = 400;

/** Returns the text in one line, or undefined if nothing is left. */
function oneLine(longest: number) {
  return z
    .string()
    .transform(
      (text) =>
        text
          .replace(/[\s\p{C}]+/gu, ' ')
          .trim()
          .slice(0, longest) || undefined,
    )
    .optional()
    .catch(undefined);
}

const Answer = z.object({ by: oneLine(LONGEST_ACTOR), comment: oneLine(LONGEST_COMMENT) });

/**
 * Reads the output of the waiting state. It is false if no approval was required. Otherwise any JSON may be there, because anybody who has
 * the right may answer by hand.
 */
export function readApproval(output: unknown): GivenApproval | undefined {
  if (output === undefined || output === false) return undefined;
  return approvalOutput(Answer.safeParse(output).data ?? {});
}

/** Returns the output of the waiting state for an approval. */
export function approvalOutput({ by, comment }: Partial<Record<'by' | 'comment', string | undefined>>): GivenApproval {
  return present({ by, comment });
}

/** Returns the cause of a rejected run. */
export function rejectionText({ by, reason }: Partial<Record<'by' | 'reason', string | undefined>>): string {
  const who = by === undefined ? '' : ` by ${by}`;
  const why = reason === undefined ? '' : `: ${reason}`;
  return `the run was rejected${who}; no version was given and no values file was changed${why}`;
}

/** Returns who approved and what they wrote: `approved by bob: tested`. Undefined without an approval. */
export function approvalText(approval: GivenApproval | undefined): string | undefined {
  if (approval === undefined) return undefined;
  const { by = 'somebody whom the answer does not name', comment } = approval;
  return `approved by ${by}${comment === undefined ? '' : `: ${comment}`}`;
}

/** Returns true if the starter of a run and the giver of an answer can be compared. A push has only git's name, which is no login. */
export function isKnownStarter(startedBy: string | undefined): startedBy is string {
  return startedBy !== undefined && !startedBy.startsWith('git:');
}

/**
 * Throws `NotApproved` if the environment forbids that the starter approves, and the answer names the starter or no person. Names are compared
 * as they are: a person with two identities is two persons.
 */
export function refuseOwnApproval(
  {
    notByStarter = false,
    startedBy,
    environment = 'unknown',
  }: Pick<Approval, 'notByStarter' | 'startedBy' | 'environment'>,
  { by }: GivenApproval,
): void {
  if (!notByStarter || (by !== undefined && by !== startedBy)) return;
  const why =
    by === undefined
      ? 'and the answer does not say who gave it; answer with npx pipeline approve'
      : `and ${by} did; another person has to answer`;
  const message = `environment ${environment} forbids that the person who started a run approves it, ${why}`;
  throw new PipelineError(ERROR_NAMES.notApproved, message);
}

/** The facts of a question. `approve` is the exact command, without the name of the run. */
interface Waiting extends Pick<Approval, 'run' | 'until'> {
  readonly plan: Plan;
  /** The options behind the name of the run in a command: `--stack STACK`. */
  readonly place: string;
  /** The page of the run. Absent on one machine. */
  readonly link?: string | undefined;
  readonly notByStarter: boolean;
}

const SERVICES_SHOWN = 10;

/** Returns the notice about a run that waits: what it does, where to, until when, and the commands that answer. */
export function waitingNotice({ run, until, plan, place, link, notByStarter }: Waiting): string {
  const changed = plan.services.filter(({ action }) => action !== 'keep');
  const services = changed.map(changeText);
  return [
    `Run ${run} waits for approval: ${planTitle(plan)}`,
    `Services: ${someOf(services, SERVICES_SHOWN)}`,
    `From branch ${plan.ref} at ${plan.commit.slice(0, 12)}, ${startText(plan.startedBy, notByStarter)}`,
    `Without an answer by ${until.slice(0, 16).replace('T', ' ')} UTC the run fails, and nothing is released.`,
    `Approve: npx pipeline approve ${run} ${place}`,
    `Reject: npx pipeline reject ${run} ${place} --reason TEXT`,
    ...(link === undefined ? [] : [`Details: ${link}`]),
  ].join('\n');
}

function startText(startedBy: string | undefined, notByStarter: boolean): string {
  const rule = notByStarter ? ', who must not approve it' : '';
  return startedBy === undefined ? 'started by an unknown person' : `started by ${startedBy}${rule}`;
}

/** Returns what the plan does in one line: `promote v1.4.0 to production by alice`. */
export function planTitle(plan: Plan): string {
  const { action, environment, startedBy, platformVersion, rollbackTo, services } = plan;
  const given = new Set(services.flatMap(({ version }) => ruledVersion(version) ?? []));
  const version = platformVersion ?? rollbackTo ?? (given.size === 1 ? [...given][0] : undefined);
  return runTitle({ action, version, environment, startedBy });
}

/** Returns a service with its versions: `auth v1.3.0 -> v1.4.0`. A line shows its first version. */
function changeText({ name, previousVersion, version }: PlannedService): string {
  const next = ruledVersion(version) ?? '';
  return previousVersion === undefined ? `${name} ${next}` : `${name} ${previousVersion} -> ${next}`;
}
