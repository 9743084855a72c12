import { parseCatalog } from '../../../core/catalog/parse-catalog';
import type { SourceInput } from '../../../core/contract/run-input';
import type { InputFile } from '../../../core/input-digest/inputs';
import { indexTree } from '../../../core/input-digest/tree-index';
import { concernedModules, planModule, publishingStages } from '../../../core/modules/plan-modules';

const catalog = parseCatalog(`
platform: v1.4.0
stages: [{ name: tools }, { name: clients, needs: [tools] }, { name: apps, needs: [clients] }]
defaults: { stage: apps }
modules:
  declared: { path: tools/declared, publish: true }
  read: { path: tools/read, publish: { stage: clients, package: Read.Me, minutes: 3 } }
  unpublished: tools/unpublished
  unused: { path: tools/unused, publish: { stage: clients } }
  missing: { path: tools/missing, publish: true }
services:
  api: { dependencies: [declared, unpublished] }
  web:
`);
const tree = indexTree(
  ['declared', 'read', 'read2', 'unpublished', 'unused'].map((name) => ({
    path: `tools/${name}/setup.py`,
    mode: '100644' as const,
    id: 'a'.repeat(40),
  })),
);
const inputs = new Map(
  Object.entries({ api: ['api/main.py'], web: ['tools/read/setup.py', 'tools/unused.txt', 'tools/missing/x.py'] }).map(
    ([service, paths]) => [service, { files: paths.map((path) => ({ path }) as InputFile) }],
  ),
);
const namesFor = (input: SourceInput) =>
  concernedModules(input, { catalog, tree, inputs }).map(({ module }) => module.name);

const PUSH = { action: 'push', ref: 'refs/heads/main', commit: 'c'.repeat(40) } as const;
const RELEASE = { action: 'release', ref: 'main', version: 'v1.4.0' } as const;
const build = (...services: string[]) => ({ action: 'build', ref: 'main', version: 'v1.4.0-x', services }) as const;

test('stages that publish modules are named once, in the order of their modules', () => {
  expect(publishingStages(catalog)).toEqual(['tools', 'clients']);
});

describe('the modules that a run is about', () => {
  it.each([PUSH, RELEASE])('of a $action are all published ones that have files', (input) => {
    expect(namesFor(input)).toEqual(['declared', 'read', 'unused']);
  });

  it('of a build are those that the named services declare or read', () => {
    expect(namesFor(build('api'))).toEqual(['declared']);
    expect(namesFor(build('web'))).toEqual(['read']);
    expect(namesFor(build('api', 'web'))).toEqual(['declared', 'read']);
    expect(namesFor(build('nobody'))).toEqual([]);
  });

  it('have the digests of their content', () => {
    const digests = concernedModules(PUSH, { catalog, tree, inputs }).map(({ contentDigest }) => contentDigest);

    expect(new Set(digests).size).toBe(3);
  });
});

describe('a module', () => {
  const content = concernedModules(PUSH, { catalog, tree, inputs }).find(({ module }) => module.name === 'read');
  if (content === undefined) throw new Error('the catalog publishes no such module');
  const { contentDigest } = content;
  const planned = { name: 'read', contentDigest, package: 'Read.Me', version: '1.dev7', stage: 'clients', minutes: 3 };
  const missing = {
    kind: 'not-published',
    path: 'tools/read',
    text: 'the package index has no whole release of Read.Me with this content',
  };
  const publish = { ...planned, action: 'publish', reasons: [missing] };
  const wheel = 'read_me-1.dev7-py3-none-any.whl';

  it('is published if the index has no release of its content, with the reason of its version', () => {
    const next = { kind: 'next-version', path: 'tools/read', text: 'gets 1.dev7' };

    expect(planModule(content, { version: '1.dev7', files: [], why: 'gets 1.dev7' })).toEqual({
      ...publish,
      reasons: [missing, next],
    });
  });

  it.each([[['read_me-1.dev7.tar.gz']], [[wheel]], [[]]])(
    'is published again if the index has only %j of it',
    (files) => {
      expect(planModule(content, { version: '1.dev7', files })).toEqual(publish);
    },
  );

  it('is kept with its version if the index has a whole release', () => {
    expect(planModule(content, { version: '1.dev7', files: ['read_me-1.dev7.tar.gz', wheel] })).toEqual({
      ...planned,
      action: 'keep',
      reasons: [{ kind: 'published', path: 'tools/read', text: 'is Read.Me 1.dev7 in the package index' }],
    });
  });
});
