/** The tables of a rehearsal, as Markdown. */
import type { Compared } from './interpreters/compare';
import type { Taken } from './rights/take-away';
import type { Right } from './rights/usage';

/** A step or a scene that was played. */
export interface Played {
  readonly name: string;
  readonly seconds: number;
  readonly checked: readonly string[];
  /** What was wrong, if it failed. */
  readonly failed?: string;
}

export function printTable(played: readonly Played[]): string {
  const rows = played.map(({ name, seconds, checked, failed }) => {
    const told = failed === undefined ? checked.join('; ') : 'FAILED';
    return `| ${name} | ${seconds.toFixed(1)} | ${told.replaceAll('|', '\\|')} |`;
  });
  const total = played.reduce((sum, { seconds }) => sum + seconds, 0);
  return ['| what | seconds | checked |', '|---|---|---|', ...rows, `| all | ${total.toFixed(1)} | |`].join('\n');
}

/** Rights that the scenes used, by role, and those that they did not. */
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

/** What came of taking rights away, by role. */
export function printTaken(taken: readonly Taken[]): string {
  const rows = taken.map(
    ({ role, action, outcome, told }) => `| ${role} | ${action} | ${outcome} | ${told ?? 'none'} |`,
  );
  return ['| role | action | without it | scene, or reason |', '|---|---|---|---|', ...rows].join('\n');
}

/** Cases on both interpreters, with what is known to differ. */
export function printCompared(compared: readonly Compared[]): string {
  const rows = compared.map(({ name, spec, problems, known }) => {
    const wanted = spec.status === 'SUCCEEDED' ? 'succeeds' : spec.error;
    const same = problems.length > 0 ? 'UNKNOWN DIFFERENCE' : known.length > 0 ? known.join('; ') : 'both as specified';
    return `| ${name} | ${wanted} | ${same} |`;
  });
  return ['| case | by the language | interpreters |', '|---|---|---|', ...rows].join('\n');
}
