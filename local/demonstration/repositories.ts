/** The sample repository of a local pipeline, and the settings of one. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SettingsInput } from '../../core/settings';
import { makeSampleMonorepo } from '../sample/make-sample-monorepo';
import { commitAll } from '../sample/sample-git';
import { cloneBare } from './clone-bare';

/** A bare repository with the sample Cloud-Tuner monorepo on `main`. */
export async function makeSampleRepository(repository: string, catalogText: string, valuesFile: string): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'sample-monorepo-'));
  try {
    await makeSampleMonorepo({ directory, catalogText, valuesFile });
    await commitAll(directory, 'sample Cloud-Tuner monorepo');
    await cloneBare(directory, repository);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Settings of a local pipeline. `registry` is its host, for releases and candidates alike. */
export function localSettings(options: {
  readonly repository: string;
  readonly registry: string;
  readonly valuesFile: string;
  readonly namespace: string;
  readonly branch?: string;
}): SettingsInput {
  const own = options.branch;
  return {
    git: { host: 'local', path: options.repository },
    valuesFile: options.valuesFile,
    releases: { host: options.registry, namespace: options.namespace },
    candidates: { host: options.registry, repository: 'candidates' },
    ...(own === undefined
      ? {}
      : { branches: [{ branch: own, allow: ['push', 'release', 'build'], version: '{version}-dev' }] }),
  };
}
