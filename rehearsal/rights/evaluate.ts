/**
 * Evaluates identity policies, independently of the emulator: every recorded call of a role is decided again from the deployed documents.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
import type { RecordedCall } from '../emulator/emulator';
import type { RolePolicy, Statement } from './roles';

/** A call on which the two evaluators disagree. */
export interface Disagreement {
  readonly call: RecordedCall;
  readonly allowedHere: boolean;
}

/** Returns the calls on which the emulator's decision and the documents disagree. */
export function disagreements(calls: readonly RecordedCall[], roles: readonly RolePolicy[]): readonly Disagreement[] {
  return calls.flatMap((call) => {
    const allowedHere = isAllowed(call, statementsOf(roles, roleOf(call)));
    return allowedHere === call.allowed ? [] : [{ call, allowedHere }];
  });
}

/** Returns the role that made the call. */
export function roleOf({ principal }: Pick<RecordedCall, 'principal'>): string {
  return /:assumed-role\/([^/]+)\//.exec(principal)?.[1] ?? '';
}

function statementsOf(roles: readonly RolePolicy[], name: string): readonly Statement[] {
  return roles.filter(({ role }) => role === name).flatMap(({ statements }) => statements);
}

/** Returns true if a statement allows the call and none denies it. Throws if a condition has an unsupported operator. */
export function isAllowed(
  call: Pick<RecordedCall, 'action' | 'resource' | 'keys'>,
  statements: readonly Statement[],
): boolean {
  const keys = JSON.parse(call.keys) as Readonly<Record<string, unknown>>;
  const matching = statements.filter(
    ({ actions, resources, conditions }) =>
      actions.some((pattern) => matches(pattern, call.action, 'i')) &&
      resources.some((pattern) => matches(pattern, call.resource, '')) &&
      Object.entries(conditions).every(([operator, wanted]) => holds(operator, wanted, keys)),
  );
  return matching.some(({ effect }) => effect === 'Allow') && !matching.some(({ effect }) => effect === 'Deny');
}

/** In a pattern, `*` matches any characters and `?` matches one. */
function matches(pattern: string, text: string, flags: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '[^]*')
    .replaceAll('?', '[^]');
  return new RegExp(`^${source}$`, flags).test(text);
}

function holds(
  operator: string,
  wanted: Readonly<Record<string, readonly string[]>>,
  keys: Readonly<Record<string, unknown>>,
): boolean {
  return Object.entries(wanted).every(([key, patterns]) => {
    const found = Object.entries(keys).find(([name]) => name.toLowerCase() === key.toLowerCase())?.[1];
    if (found === undefined || found === null) return false;
    if (operator === 'StringEquals') return patterns.includes(String(found));
    if (operator === 'StringLike') return patterns.some((pattern) => matches(pattern, String(found), ''));
    throw new Error(`the operator ${operator} is not supported; add it to rights/evaluate.ts`);
  });
}
