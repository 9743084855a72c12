/** Judges the reply of a check. Messages never repeat the body or a header of the reply, which may hold secrets. */
import type { CheckReply } from '../ports/rollout';
import type { HttpCheck } from '../settings/environment-schema';
import { parseJson } from '../text/json';

/** Returns why the reply is not as expected, in one line, or undefined if it is. */
export function unexpectedReply(
  { status, header, body }: Omit<CheckReply, 'kind'>,
  expect: HttpCheck['expect'],
): string | undefined {
  if (status !== expect.status) return `answered ${status}, not ${expect.status}`;
  for (const [name, text] of Object.entries(expect.headers ?? {})) {
    if (header(name)?.includes(text) !== true) return `the header ${name} does not contain '${text}'`;
  }
  if (expect.body !== undefined && !body.includes(expect.body)) return `the body does not contain '${expect.body}'`;
  return expect.json === undefined ? undefined : unexpectedJson(body, expect.json);
}

function unexpectedJson(body: string, expected: NonNullable<HttpCheck['expect']['json']>): string | undefined {
  const value = parseJson(body);
  if (value === undefined) return 'the body is not JSON';
  const wrong = Object.entries(expected).find(([path, wanted]) => valueAt(value, path) !== wanted);
  return wrong === undefined ? undefined : `${wrong[0]} in the body is not ${JSON.stringify(wrong[1])}`;
}

/** Returns the value at a dotted path. A key that contains dots itself is found, too. */
function valueAt(value: unknown, path: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Object.hasOwn(value, path)) return (value as Record<string, unknown>)[path];
  const keys = path.split('.');
  for (let length = keys.length - 1; length > 0; length -= 1) {
    const key = keys.slice(0, length).join('.');
    if (Object.hasOwn(value, key))
      return valueAt((value as Record<string, unknown>)[key], keys.slice(length).join('.'));
  }
  return undefined;
}
