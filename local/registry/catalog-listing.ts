/** `GET /v2/_catalog`: the repositories, so that a person can see what a local run has made. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Call, json, notAllowed, type Reply } from './reply';

/** All repository names in byte order, in one page. */
export async function serveCatalog({ method, layout }: Call): Promise<Reply> {
  if (method !== 'GET') throw notAllowed('GET');
  return json(200, { repositories: (await repositoriesBelow(layout.repositories, '')).toSorted() });
}

async function repositoriesBelow(directory: string, prefix: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const deeper = await Promise.all(
    folders
      .filter((name) => !name.startsWith('_'))
      .map((name) => repositoriesBelow(join(directory, name), `${prefix}${name}/`)),
  );
  return [...(folders.includes('_manifests') ? [prefix.slice(0, -1)] : []), ...deeper.flat()];
}
