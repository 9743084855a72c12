import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eachTest } from '../../support/each-test';
import { makePlanner } from '../../support/pipeline/planner';

const planner = eachTest(makePlanner, (planner) => planner.remove());

describe('graph', () => {
  test.each([
    ['mermaid', /^flowchart LR\n/],
    ['dot', /^digraph services \{\n/],
    ['html', /^<!doctype html>\n/],
    ['json', /^\{\n/],
  ])('writes %s, on stdout or in a file', async (format, beginning) => {
    await planner.init();
    planner.repository.commit('main', { 'tools/t.py': '2' });
    const args = ['graph', '--format', format, '--base', planner.first, '--catalog', planner.catalogFile];
    const file = join(planner.folder, 'picture');

    const printed = await planner.run(...args);
    const written = await planner.run(...args, '--out', file);

    expect(printed).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(beginning) });
    expect(written).toMatchObject({ exitCode: 0, stdout: '' });
    expect(readFileSync(file, 'utf8')).toBe(printed.stdout);
  });
});
