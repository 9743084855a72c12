/** The examples of policies stay true: they ask for what the pipeline signs, and a key and a registry are all that has to be filled in. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { RELEASE_TYPE } from '../../core/signing/statement';
import { filledPolicy } from '../support/signing/example-policy';

const FOLDER = join(__dirname, '../../examples/kyverno');
const EXAMPLES = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'));
const KEY = '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----\n';
const IMAGES = 'registry.example/team/*';

/** Returns every text in a value, with the names of the keys that lead to it. */
function texts(value: unknown, path: readonly string[] = []): readonly (readonly [string, string])[] {
  if (typeof value === 'string') return [[path.join('.'), value]];
  return Object.entries(value ?? {}).flatMap(([key, part]) => texts(part, [...path, key]));
}

test('there are two examples', () => {
  expect(EXAMPLES).toEqual(['cluster-policy.yaml', 'released-images.yaml']);
});

describe.each(EXAMPLES)('%s', (name) => {
  const documents = parseAllDocuments(filledPolicy(name, IMAGES, KEY), { strict: true });
  const found = texts(documents.map((document) => document.toJS()));
  const at = (end: RegExp) => found.filter(([path]) => end.test(path)).map(([, text]) => text);

  test('is YAML without an error', () => {
    expect(documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([]);
  });

  test('has the filled-in key wherever there is one, and nothing else to replace', () => {
    const keys = at(/\.(data|publicKeys)$/).map((key) => key.trim());
    expect(new Set(keys)).toEqual(new Set([KEY.trim()]));
    expect(found.map(([, text]) => text).join('\n')).not.toMatch(/replace|REGISTRY|NAMESPACE/);
  });

  test('is about the filled-in images', () => {
    expect(at(/\.glob$|\.imageReferences\.0$/)).toEqual([IMAGES]);
  });

  test('asks for the statement that the pipeline makes', () => {
    expect(at(/attestations\.0(\.intoto)?\.type$/)).toEqual([RELEASE_TYPE]);
  });

  test('refuses a pod if Kyverno cannot judge it', () => {
    expect(at(/failurePolicy$/)).toEqual(['Fail']);
  });
});
