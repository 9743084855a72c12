/** The base of a comparison is discovered only where it differs from the other commit, with the same result as in full. */
import type { ServiceInputs } from '../../../core/input-digest/inputs';
import { printVersionLock } from '../../../core/version/version-lock';
import { compareCommits } from '../../../local/planning/compare-commits';
import { createRepository, type TestEntry, type TestRepository } from '../../support/git/git-repository';

const CATALOG = `
platform: v1.0.0
modules: { lib: lib }
services:
  own: { path: own, dockerfile: own/Dockerfile, context: own }
  shared: { path: shared, dockerfile: shared/Dockerfile, dependencies: [lib] }
  whole: { path: whole, dockerfile: whole/Dockerfile }
`;
const FIRST: Readonly<Record<string, string>> = {
  'pipeline.yaml': CATALOG,
  '.dockerignore': '**/*.md\n',
  'own/Dockerfile': 'FROM scratch\nCOPY app /\n',
  'own/app': '1\n',
  'shared/Dockerfile': 'FROM scratch\nCOPY shared/app /\n',
  'shared/app': '1\n',
  'whole/Dockerfile': 'FROM scratch\nCOPY . /\n',
  'lib/code': '1\n',
  'docs/page.md': '1\n',
};
const USES_OWN = 'FROM registry.example.com/team/own:v1.0.0\nCOPY shared/app /\n';
const CHANGES: readonly (readonly [string, Readonly<Record<string, TestEntry | null>>])[] = [
  ['nothing that counts', { 'docs/page.md': '2\n' }],
  ['a file of one service', { 'own/app': '2\n' }],
  ['a declared module', { 'lib/code': '2\n' }],
  ['an ignore file', { '.dockerignore': '**/*.txt\n' }],
  ['a Dockerfile', { 'shared/Dockerfile': 'FROM scratch\nCOPY lib /\n' }],
  ['the catalog', { 'pipeline.yaml': `${CATALOG}  more: { path: more, dockerfile: own/Dockerfile, context: own }\n` }],
  ['a service that is gone', { 'pipeline.yaml': CATALOG }],
  ['an image of another service', { 'shared/Dockerfile': USES_OWN }],
  ['a file of that other service', { 'own/app': '3\n' }],
];

test('a comparison gives the base the digests that it has by itself, whatever has changed', async () => {
  const repository = createRepository();
  try {
    const options = { repo: repository.path, keepGoing: true, releases: 'registry.example.com/team' };
    let base = repository.commit('main', FIRST);
    for (const [change, files] of CHANGES) {
      const ref = repository.commit('main', files);
      const alone = await compareCommits({ ...options, ref: base });
      const { before } = await compareCommits({ ...options, ref, base });

      expect([change, digestsOf(before?.inputs)]).toEqual([change, digestsOf(alone.after.inputs)]);
      base = ref;
    }
  } finally {
    repository.remove();
  }
});

function digestsOf(inputs: ReadonlyMap<string, ServiceInputs> = new Map()): readonly string[] {
  return [...inputs].map(([name, { inputDigest }]) => `${name} ${inputDigest}`).sort();
}

describe('a version lock of the former recipe', () => {
  let repository: TestRepository;
  beforeEach(() => {
    repository = createRepository();
  });
  afterEach(() => repository.remove());

  const plan = () => compareCommits({ repo: repository.path, ref: 'main', keepGoing: false });

  async function releaseFormerly(): Promise<void> {
    const source = repository.commit('main', FIRST);
    const lock = [...(await plan()).after.inputs].map(([name, { former }]) => {
      const inputDigest = former?.inputDigest ?? '';
      return [name, { version: 'v1.0.0', digest: `sha256:${'a'.repeat(64)}`, inputDigest, source }] as const;
    });
    repository.commit('main', { 'version-lock.yaml': printVersionLock(new Map(lock)) });
  }

  test('keeps what is unchanged', async () => {
    await releaseFormerly();
    const { report } = await plan();
    expect(report.services.map(({ name, action }) => [name, action])).toEqual([
      ['own', 'keep'],
      ['shared', 'keep'],
      ['whole', 'build'],
    ]);
  });

  test('explains what has changed, file by file', async () => {
    await releaseFormerly();
    repository.commit('main', { 'own/app': '2\n' });
    const [own] = (await plan()).report.services;
    expect(own).toMatchObject({ action: 'build', reasons: [{ kind: 'input-changed', path: 'own/app' }] });
  });
});
