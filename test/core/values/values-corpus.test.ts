/** Each folder of `test/fixtures/values` has a values file, an edit, and the exact text or refusal that must result. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PipelineError } from '../../../core/contract/errors';
import { type EditedValues, editValues, openValues } from '../../../core/values/edit-values';
import { type NewVersions, releaseEdits, writeVersions } from '../../../core/values/release-edits';
import type { ValuesEdit } from '../../../core/values/values-edit';

const corpus = join(__dirname, '../../fixtures/values');
const cases = readdirSync(corpus).filter((name) => !name.startsWith('.'));

interface Edit {
  readonly edits?: readonly ValuesEdit[];
  readonly versions?: NewVersions;
}

function read(name: string, file: string): string {
  return readFileSync(join(corpus, name, file)).toString('utf8');
}

function apply(text: string, { edits, versions }: Edit): EditedValues {
  if (versions !== undefined) return writeVersions(openValues(text, 'chart/values.yaml'), versions);
  return editValues(text, edits ?? [], 'chart/values.yaml');
}

function refusalOf(text: string, edit: Edit): string {
  try {
    apply(text, edit);
  } catch (error) {
    if (error instanceof PipelineError) return `${error.name}\n${error.message}\n`;
    throw error;
  }
  return 'was not refused';
}

test('the corpus has at least 190 values files', () => {
  expect(cases.length).toBeGreaterThanOrEqual(190);
});

test.each(cases.filter((name) => existsSync(join(corpus, name, 'expected.yaml'))))('%s', (name) => {
  const original = read(name, 'original.yaml');
  const expected = read(name, 'expected.yaml');
  const edit: Edit = JSON.parse(read(name, 'edit.json'));

  const once = apply(original, edit);
  const twice = apply(once.text, edit);

  expect(once.text).toBe(expected);
  expect(once.changes.length > 0).toBe(original !== expected);
  expect(twice).toEqual({ text: expected, changes: [] });
});

test.each(cases.filter((name) => existsSync(join(corpus, name, 'refusal.txt'))))('%s', (name) => {
  expect(refusalOf(read(name, 'original.yaml'), JSON.parse(read(name, 'edit.json')))).toBe(read(name, 'refusal.txt'));
});

test('every case has a result', () => {
  const without = cases.filter(
    (name) => !['expected.yaml', 'refusal.txt'].some((file) => existsSync(join(corpus, name, file))),
  );
  expect(without).toEqual([]);
});

test('writing versions gives the same as deciding, then editing', () => {
  for (const name of cases.filter((each) => each.startsWith('chart-'))) {
    const original = read(name, 'original.yaml');
    const { versions }: Edit = JSON.parse(read(name, 'edit.json'));
    if (versions === undefined) throw new Error(`${name} has no versions`);
    const edited = editValues(original, releaseEdits(openValues(original, 'v.yaml'), versions), 'v.yaml');
    expect(edited).toEqual(writeVersions(openValues(original, 'v.yaml'), versions));
  }
});
