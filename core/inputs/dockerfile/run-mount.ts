/** Reads the value of `RUN --mount=`: one line of comma separated fields. */
import { DockerfileError } from './dockerfile-error';
import type { RunMount } from './instruction';

/** The mount's type, origin and source; other fields decide nothing about files. Throws `DockerfileError` if it is malformed. */
export function parseMount(value: string): RunMount {
  let type = 'bind';
  let from: string | undefined;
  let source = '';
  for (const field of splitFields(value)) {
    const at = field.indexOf('=');
    const key = field.slice(0, at < 0 ? undefined : at).toLowerCase();
    const text = at < 0 ? '' : field.slice(at + 1);
    if (key === 'type') type = text;
    if (key === 'source' || key === 'src') source = text;
    if (key === 'from') from = checkFrom(text);
  }
  return { type, from, source };
}

function checkFrom(from: string): string | undefined {
  const dollar = from.indexOf('$');
  if (dollar >= 0 && dollar !== from.length - 1) {
    throw new DockerfileError(`--mount from=${from} cannot hold a variable; define a stage with FROM ${from} instead`);
  }
  return from === '' ? undefined : from;
}

/** CSV with double quotes around fields, as in RFC 4180, one line. */
function splitFields(value: string): readonly string[] {
  const fields: string[] = [];
  let rest: string | undefined = value;
  while (rest !== undefined) {
    const match: RegExpExecArray | null = /^(?:"((?:[^"]|"")*)"|([^",]*))(?:,(.*))?$/s.exec(rest);
    if (match === null) throw new DockerfileError(`--mount=${value} has a misplaced quote`);
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    rest = match[3];
  }
  return fields;
}
