import type { Service } from '../../../core/catalog/model';
import { explainDifference, toStored } from '../../../core/input-digest/explain-inputs';
import { type Files, inputsOf } from '../../support/docker/docker-context';

const dockerfile = 'FROM scratch\nCOPY src /x\nCOPY lib /y\n';
const files: Files = { Dockerfile: dockerfile, 'src/a': '1', 'src/b': '2', 'lib/c': '3' };

function explain(after: Files, service: Partial<Service> = {}) {
  const stored = JSON.parse(JSON.stringify(toStored(inputsOf(files))));
  return explainDifference(stored, inputsOf(after, service));
}

describe('a difference is explained', () => {
  it('with no reason if there is none', () => {
    expect(explain({ ...files, other: 'x' })).toEqual([]);
  });

  it('by every file, sorted, with the rule that reads it', () => {
    const { 'src/b': _, ...rest } = files;
    const after: Files = {
      ...rest,
      'src/a': { mode: '100755', text: '1' },
      'lib/c': 'new',
      'lib/d': { mode: '100755', text: 'new' },
    };
    expect(explain(after)).toEqual([
      { kind: 'input-changed', path: 'lib/c', text: 'changed, read by COPY lib (line 3)' },
      { kind: 'input-changed', path: 'lib/d', text: 'added, read by COPY lib (line 3)' },
      { kind: 'input-changed', path: 'src/a', text: 'mode 100644 to 100755, read by COPY src (line 2)' },
      { kind: 'input-changed', path: 'src/b', text: 'removed, read by COPY src (line 2)' },
    ]);
  });

  it('by the parts of the recipe', () => {
    const after = { ...files, Dockerfile: `${dockerfile}ENV x=y\n` };
    expect(explain(after, { buildArgs: { A: '1' }, platforms: ['linux/arm64'] })).toEqual([
      { kind: 'recipe-changed', text: 'arg:A added' },
      { kind: 'recipe-changed', text: 'dockerfile changed' },
      { kind: 'recipe-changed', text: 'platform:linux/arm64 added' },
    ]);
  });

  it('by folders that are sent without their files', () => {
    const ignored = { ...files, '.dockerignore': 'src/logs/*' };
    const stored = toStored(inputsOf({ ...ignored, 'src/logs/x': '' }));
    expect(explainDifference(stored, inputsOf(ignored))).toEqual([
      {
        kind: 'input-changed',
        path: 'src/logs',
        text: 'folder removed, sent to the build without its ignored files',
      },
    ]);
  });
});
