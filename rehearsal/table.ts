/** Prints the tables of a rehearsal as Markdown. */
import type { Compared } from './interpreters/compare';
import { reasonFor } from './rights/reasons';
import type { Removal } from './rights/results-file';
import type { Right } from './rights/usage';

/** A step or scene that has ended. */
export interface Played {
  readonly name: string;
  readonly seconds: number;
  readonly checked: readonly string[];
  /** The error message, if it failed. */
  readonly failed?: string;
}

export function printTable(played: readonly Played[]): string {
  const rows = played.map(({ name, seconds, checked, failed }) => {
    const result = failed === undefined ? checked.join('; ') : 'FAILED';
    return `| ${name} | ${seconds.toFixed(1)} | ${result.replaceAll('|', '\\|')} |`;
  });
  const total = played.reduce((sum, { seconds }) => sum + seconds, 0);
  return ['| what | seconds | checked |', '|---|---|---|', ...rows, `| all | ${total.toFixed(1)} | |`].join('\n');
}

/** Prints the rights of each role that the scenes used, and those that they did not. */
export function printRights(rights: readonly Right[]): string {
  const roles = [...new Set(rights.map(({ role }) => role))];
  const rows = roles.map((role) => {
    const own = rights.filter((right) => right.role === role);
    const used = own.filter((right) => right.used > 0).map(({ action, used }) => `${action} ${used}`);
    const unused = own.filter((right) => right.used === 0).map(({ action }) => action);
    return `| ${role} | ${used.join(', ')} | ${unused.join(', ')} |`;
  });
  return ['| role | used, with calls | not used |', '|---|---|---|', ...rows].join('\n');
}

/** Prints the results of removing rights: those that a probe needs, by role and probe; then the others, each with its reason. */
export function printRemovals(removals: readonly Removal[]): string {
  const needed = removals.filter(({ outcome }) => outcome === 'fails');
  const pairs = [...new Set(needed.map(({ role, probe }) => `${role} | ${probe}`))];
  const rows = pairs.map((pair) => {
    const actions = needed.filter(({ role, probe }) => `${role} | ${probe}` === pair).map(({ action }) => action);
    return `| ${pair} | ${actions.join(', ')} |`;
  });
  const others = removals.filter(({ outcome }) => outcome !== 'fails');
  const explained = [...new Set(others.map(explanation))].map((text) => {
    const rights = others.filter((each) => explanation(each) === text);
    return `| ${rights.map(({ role, action }) => `${role} ${action}`).join(', ')} | ${text} |`;
  });
  return [
    '| role | probe that fails | without one of |',
    '|---|---|---|',
    ...rows,
    '',
    '| right | without it | reason |',
    '|---|---|---|',
    ...explained,
  ].join('\n');
}

function explanation({ role, action, outcome, probe }: Removal): string {
  const reason = outcome === 'unclear' ? `NONE (${probe})` : (reasonFor(role, action) ?? 'NONE');
  return `${outcome} | ${reason}`;
}

/** Prints the cases of both interpreters, with the known differences. */
export function printCompared(compared: readonly Compared[]): string {
  const rows = compared.map(({ name, spec, problems, known }) => {
    const specified = spec.status === 'SUCCEEDED' ? 'succeeds' : spec.error;
    const result =
      problems.length > 0 ? 'UNKNOWN DIFFERENCE' : known.length > 0 ? known.join('; ') : 'both as specified';
    return `| ${name} | ${specified} | ${result} |`;
  });
  return ['| case | specified | interpreters |', '|---|---|---|', ...rows].join('\n');
}
