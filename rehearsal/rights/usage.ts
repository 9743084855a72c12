/** Counts the calls that used each right of the deployed roles. */
import type { RecordedCall } from '../emulator/emulator';
import { roleOf } from './evaluate';
import { plainRole, type RolePolicy } from './roles';

/** An action that a role has. */
export interface Right {
  /** As in the template, such as `ReleaseRole`. */
  readonly role: string;
  readonly action: string;
  /** The number of calls. */
  readonly used: number;
}

/** Returns all actions of all roles with the number of calls. Roles are compared by their names in the template. */
export function rightsUsed(
  roles: readonly RolePolicy[],
  calls: readonly RecordedCall[],
  stackName: string,
): readonly Right[] {
  return roles.flatMap(({ role, statements }) => {
    const plain = plainRole(role, stackName);
    const own = calls.filter((call) => call.allowed && plainRole(roleOf(call), stackName) === plain);
    const actions = new Set(statements.flatMap((statement) => statement.actions));
    return [...actions].sort().map((action) => {
      const used = own.filter((call) => call.action.toLowerCase() === action.toLowerCase());
      return { role: plain, action, used: used.reduce((sum, { count }) => sum + count, 0) };
    });
  });
}

/** Returns each refused call once, such as `ReleaseRole s3:GetObject on arn:aws:s3:::bucket/key`. */
export function refusedCalls(calls: readonly RecordedCall[], stackName: string): readonly string[] {
  const refused = calls.filter(({ allowed }) => !allowed);
  return [
    ...new Set(refused.map((call) => `${plainRole(roleOf(call), stackName)} ${call.action} on ${call.resource}`)),
  ].sort();
}
