/** The examples of policies with a registry and a key filled in. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const EXAMPLES = join(__dirname, '../../../examples/kyverno');

/** What a person replaces in an example. */
const IMAGES = 'REGISTRY/NAMESPACE/*';
const KEY = /^( *)-----BEGIN PUBLIC KEY-----\n.*\n *-----END PUBLIC KEY-----$/gm;

/** Returns the text of an example for images such as `registry.example/team/*`. `key` is PEM. */
export function filledPolicy(name: string, images: string, key: string): string {
  const indented = (spaces: string) =>
    key
      .trim()
      .split('\n')
      .map((line) => spaces + line)
      .join('\n');
  return readFileSync(join(EXAMPLES, name), 'utf8')
    .replaceAll(IMAGES, images)
    .replace(KEY, (_, spaces: string) => indented(spaces));
}
