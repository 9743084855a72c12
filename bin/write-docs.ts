/** `npm run docs`: writes the JSON Schemas and the reference page. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { jsonSchema, KINDS, referencePage } from './reference';
import { gitHostsSection } from './sections/git-hosts';
import { imageToolsSection } from './sections/image-tools';
import { registriesSection } from './sections/registries';

/** Returns the text of each generated file by its path in the project. */
export function generatedFiles(): ReadonlyMap<string, string> {
  return new Map([
    ...KINDS.map(
      (kind) => [`schemas/${kind.name}.schema.json`, `${JSON.stringify(jsonSchema(kind), null, 2)}\n`] as const,
    ),
    ['docs/reference.md', `${referencePage()}\n${gitHostsSection()}\n${registriesSection()}\n${imageToolsSection()}`],
  ]);
}

if (require.main === module) {
  const root = resolve(__dirname, '..');
  mkdirSync(join(root, 'schemas'), { recursive: true });
  for (const [path, text] of generatedFiles()) writeFileSync(join(root, path), text);
}
