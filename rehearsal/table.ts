/** The tables of a rehearsal, as Markdown. */
import type { Compared } from './interpreters/compare';
import type { Taken } from './rights/notebook';
import { reasonFor } from './rights/reasons';
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

/** What came of taking rights away: those that a scene needs, by role and scene; then the others, each with its reason. */
export function printTaken(taken: readonly Taken[]): string {
  const needed = taken.filter(({ outcome }) => outcome === 'fails');
  const pairs = [...new Set(needed.map(({ role, probe }) => `${role} | ${probe}`))];
  const rows = pairs.map((pair) => {
    const actions = needed.filter(({ role, probe }) => `${role} | ${probe}` === pair).map(({ action }) => action);
    return `| ${pair} | ${actions.join(', ')} |`;
  });
  const others = taken.filter(({ outcome }) => outcome !== 'fails').map((each) => `${each.outcome} | ${reason(each)}`);
  const explained = [...new Set(others)].map((told) => {
    const rights = taken.filter((each) => each.outcome !== 'fails' && `${each.outcome} | ${reason(each)}` === told);
    return `| ${rights.map(({ role, action }) => `${role} ${action}`).join(', ')} | ${told} |`;
  });
  return [
    '| role | scene that fails | without one of |',
    '|---|---|---|',
    ...rows,
    '',
    '| right | without it | reason |',
    '|---|---|---|',
    ...explained,
  ].join('\n');
}

function reason({ role, action, outcome, probe }: Taken): string {
  if (outcome === 'unclear') return `NONE (${probe})`;
  return reasonFor(role, action) ?? 'NONE';
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
