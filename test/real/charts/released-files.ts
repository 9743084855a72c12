/** A release into the files that `catalog init` chooses in a repository, and the files afterwards. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalGitHost } from '../../../adapters/git/local/git-host';
import type { Service } from '../../../core/catalog/model';
import { parseCatalog } from '../../../core/catalog/parse-catalog';
import { objectKeys } from '../../../core/contract/keys';
import { parseSettings } from '../../../core/settings/parse-settings';
import type { SettingsInput } from '../../../core/settings/schema';
import { commitStep } from '../../../lambdas/commit/commit';
import { initFromCommit } from '../../../local/planning/check';
import { createRepository } from '../../support/git/git-repository';
import { createMemoryStore, createStillClock } from '../../support/pipeline/memory-state';
import { pushOf, releasedService } from '../../support/races/race-world';

export type EnvironmentInput = NonNullable<SettingsInput['environments']>[number];

export interface ReleasedFiles {
  readonly services: readonly Service[];
  /** A folder with the files of the commit. */
  readonly folder: string;
  /** What `catalog init` says about the files. */
  readonly guesses: readonly string[];
  /** The digest that the release has of a service. */
  digestOf(name: string): string;
}

const folders: string[] = [];

/** Commits the files with a Dockerfile for each service and the catalog that init makes of them, and releases all as the version. */
export async function release(
  names: readonly string[],
  files: Readonly<Record<string, string>>,
  environment: Omit<EnvironmentInput, 'name'>,
  version: string,
): Promise<ReleasedFiles> {
  const repository = createRepository();
  const dockerfiles = Object.fromEntries(names.map((name) => [`${name}/Dockerfile`, 'FROM scratch\n']));
  repository.commit('main', { ...files, ...dockerfiles });
  const { text, guesses } = await initFromCommit({ repo: repository.path, ref: 'main', context: 'root' });
  const commit = repository.commit('main', { 'pipeline.yaml': text });
  const settings = parseSettings({
    git: { host: 'github', repository: 'team/monorepo' },
    environments: [{ name: 'default', ...environment }],
    releases: { host: 'registry.example', namespace: 'team' },
    candidates: { host: 'registry.example', repository: 'candidates' },
  });
  const { services } = parseCatalog(text);
  const released = services.map(({ name, values }) => ({
    ...releasedService(name, version, commit),
    values,
    followsPlatform: true,
  }));
  const record = { ...pushOf('run-1', commit, version, []), platformVersion: version, services: released };
  const store = createMemoryStore();
  await store.put(objectKeys.release(record.run), JSON.stringify({ ...record, action: 'release' }));
  const git = createLocalGitHost(repository.path);
  const dependencies = { settings, git, valuesGit: git, store, clock: createStillClock(), random: () => 0 };
  await commitStep({ run: record.run }, dependencies);
  const folder = mkdtempSync(join(tmpdir(), 'released-files-'));
  folders.push(folder);
  repository.git('--work-tree', folder, 'checkout', '--force', 'main', '--', '.');
  repository.remove();
  const digestOf = (name: string) => released.find((service) => service.name === name)?.digest ?? '';
  return { services, folder, guesses, digestOf };
}

/** Removes all folders. */
export function removeReleasedFiles(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}
