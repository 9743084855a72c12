/** A file that is no catalog, no settings or no scenarios is refused without a word of its content, which may be a secret. */
import { parseCatalog } from '../../../core/catalog/parse-catalog';
import { parseScenarios } from '../../../core/estimate/scenarios';
import { parseSettingsText } from '../../../core/settings/parse-settings';
import { readValues } from '../../../core/values/read-values';

const SECRET = 's3cret';

const CATALOG = parseCatalog('platform: v1.4.0\nservices: { api: api }\n');

test.each([
  ['a text', SECRET],
  ['a list of users', `root:$6$${SECRET}:1\nuser:x\n`],
  ['a private key', `-----BEGIN PRIVATE KEY-----\n${SECRET}\n-----END PRIVATE KEY-----\n`],
  ['an INI file', `[default]\nkey = ${SECRET}\n`],
  ['an alias', `key: *${SECRET}\n`],
  ['a tag', `key: !${SECRET} x\n`],
  ['a directive', `%${SECRET} x\n---\n`],
  ['the head of a block', `key: |${SECRET}\n`],
  ['an escape', `key: "\\${SECRET}"\n`],
  ['text behind a value', `key: 'x' ${SECRET}\n`],
  ['a bracket without end', `{ ${SECRET}`],
  ['a value under a key of catalogs', `platform: ${SECRET}\n`],
  ['a value in a map', `services: { api: "/${SECRET}", db: { image: "/${SECRET}" } }\n`],
  ['a key', `${SECRET}: x\nservices: { api: "" }\n`],
  ['a key in a map', `services: { "/${SECRET}": { "${SECRET}": x } }\n`],
  ['a number as a key', `${SECRET.length}5317: ${SECRET}\n`],
  ['a key that is twice in it', `${SECRET}: x\n${SECRET}: x\n`],
  ['a list of maps', `- name: ${SECRET}\n`],
])('%s is not quoted', (_, text) => {
  for (const parse of [() => parseCatalog(text), () => parseScenarios(text, CATALOG)]) {
    const message = messageOf(parse);
    expect(message).toMatch(/^the (catalog|scenarios) cannot be used:\n/);
    expect(message).not.toMatch(/3cret|5317/);
  }
});

test.each([
  ['a text', `"${SECRET}"`],
  ['a list', `["${SECRET}"]`],
  ['a map of others', `{ "${SECRET}": "${SECRET}", "platform": "${SECRET}" }`],
  ['a value under a key of settings', `{ "git": "${SECRET}", "trusted": { "a": "${SECRET}" } }`],
  ['a value under a key in a map', `{ "git": { "host": "${SECRET}" }, "valuesFile": ["${SECRET}"] }`],
  ['no JSON', `${SECRET}`],
])('of a file that is no settings, %s is not quoted', (_, text) => {
  const message = messageOf(() => parseSettingsText('file.json', text));
  expect(message).toMatch(/^the settings (cannot be used|are not JSON):\n/);
  expect(message).not.toContain(SECRET.slice(1));
});

test.each([
  ['an escape', `key: "\\${SECRET}"\n`],
  ['the head of a block', `key: |${SECRET}\n`],
])('of a values file that is no YAML, %s is not quoted', (_, text) => {
  const message = messageOf(() => readValues(text, 'values.yaml'));
  expect(message).toContain('values.yaml (line 1): is not valid YAML: ');
  expect(message).not.toContain(SECRET.slice(1));
});

test('a catalog is quoted, so that a person finds the fault', () => {
  const message = messageOf(() => parseCatalog(`platform: v1\nservices: { api: "/${SECRET}" }\n`));
  expect(message).toContain(`'/${SECRET}' is not allowed`);
  expect(message).toContain("'v1' is not allowed");
});

test('a misspelled key of a catalog is named', () => {
  const message = messageOf(() => parseCatalog('platform: v1.4.0\nservces: { api: "" }\n'));
  expect(message).toMatch(/servces \(line 2\): .*; did you mean 'services'\?/);
});

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
}
