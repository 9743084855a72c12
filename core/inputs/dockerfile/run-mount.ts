/** Reads the value of `RUN --mount=`: one line of comma separated fields. */
import { DockerfileError } from './dockerfile-error';
import type { RunMount } from './instruction';

/** Keys that decide nothing about files. */
const OTHER_KEYS = 'target dst destination readonly ro readwrite rw required size id sharing mode uid gid env'.split(
  ' ',
);
const ALONE = ['readonly', 'ro', 'readwrite', 'rw', 'required'];

/** The mount and the keys that this program does not know. Throws `DockerfileError` if the value is malformed. */
export function parseMount(value: string): { readonly mount: RunMount; readonly unknownKeys: readonly string[] } {
  const unknownKeys: string[] = [];
  let type = 'bind';
  let from: string | undefined;
  let source = '';
  let error: string | undefined;
  for (const field of splitFields(value)) {
    const at = field.indexOf('=');
    const key = field.slice(0, at < 0 ? undefined : at).toLowerCase();
    const text = field.slice(at + 1);
    if (at < 0 && !ALONE.includes(key)) error = `invalid field '${field}' in --mount; it must be key=value`;
    else if (key === 'type') type = text;
    else if (key === 'source' || key === 'src') source = text;
    else if (key === 'from') from = checkFrom(text);
    else if (!OTHER_KEYS.includes(key)) unknownKeys.push(key);
  }
  return { mount: { type, from, source, error }, unknownKeys };
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
