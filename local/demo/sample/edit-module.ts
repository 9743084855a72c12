/** Changes a shared module of the sample, as a developer would. */
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseCatalog } from '../../../core/catalog/parse-catalog';
import { InvalidInputError } from '../../../core/contract/errors';
import { moduleSource } from './modules';
import { lines } from './sample-file';

/** Adds the function `change_<n>` to the module's source file. Throws `InvalidInput` if the sample has no such module. */
export async function editModule(directory: string, moduleName: string, n: number): Promise<void> {
  const { modules } = parseCatalog(await readFile(join(directory, 'pipeline.yaml'), 'utf8'));
  const module = modules.find(({ name }) => name === moduleName);
  if (module === undefined) {
    const message = `there is no module '${moduleName}'; there are ${modules.map(({ name }) => name).join(', ')}`;
    throw new InvalidInputError('the sample cannot be changed', [{ path: 'module', message }]);
  }
  const change = lines('', '', `def change_${n}():`, `    """Change ${n} of ${moduleName}."""`, `    return ${n}`);
  await appendFile(join(directory, moduleSource(module)), change);
}
