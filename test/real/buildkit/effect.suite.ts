/**
 * Equal input digests are equal images, and different ones are different images, over small changes of random builds. By hand with more:
 * `EFFECT_CASES=500 EFFECT_SEED=1 npm run test:buildkit -- buildkit/effect`.
 */
import fc from 'fast-check';
import { CHANGE_KINDS, type ChangeKind, withMetadata } from '../../support/docker/case-changes';
import { newBuildCase } from '../../support/docker/docker-context-cases';
import { type ComparedChange, compareChanges } from '../../support/docker/image-digests';
import { type InputsBuilder, openInputsBuilder } from './inputs-builder';

const CASES = Number(process.env.EFFECT_CASES ?? 30);
const SEED = Number(process.env.EFFECT_SEED ?? 20_261_130);

/** What a build cannot see changes no digest. Any other instruction counts as written, even if another one makes the same image. */
const EXACT: readonly ChangeKind[] = [
  'comment',
  'blank line',
  'carriage return',
  'another stage',
  'unused argument',
  'comment in the ignore file',
  'blank line in the ignore file',
  'swapped lines of the ignore file',
  'another pattern in the ignore file',
  'another exception in the ignore file',
  'an exception of folders',
  'dropped line of the ignore file',
  'file',
];

let builder: InputsBuilder;
beforeAll(async () => {
  builder = await openInputsBuilder();
}, 3_600_000);
afterAll(() => builder?.close());

test(
  `${CASES} random builds with changes: equal digests are equal images, and a digest that differs without need has a doubt`,
  async () => {
    const change = fc.record({ kind: fc.constantFrom(...CHANGE_KINDS), at: fc.nat(30) });
    const drawn = fc.tuple(newBuildCase, fc.nat(5)).map(([build, at]) => withMetadata(build, at));
    const cases = fc.sample(fc.tuple(drawn, fc.array(change, { minLength: 6, maxLength: 6 })), {
      numRuns: CASES,
      seed: SEED,
    });
    const all: ComparedChange[] = [];
    for (const [build, changes] of cases) all.push(...(await compareChanges(build, changes, builder.build)));
    console.log(table(all));
    expect(all.filter(({ missed }) => missed).map(({ text }) => text)).toEqual([]);
    // A stage can hide a file or the text of a heredoc that it reads.
    const exact = all.filter(({ kind }) => EXACT.includes(kind));
    expect(exact.filter(({ wasted }) => wasted).length).toBeLessThan(2 + exact.length / 50);
    expect(all.filter(({ wasted, isDeclared }) => wasted && !isDeclared).map(({ text }) => text)).toEqual([]);
    expect(all.length).toBeGreaterThan(CASES);
  },
  CASES * 60_000,
);

function table(all: readonly ComparedChange[]): string {
  const lines = CHANGE_KINDS.map((kind) => {
    const of = all.filter((each) => each.kind === kind);
    const count = (name: 'missed' | 'wasted' | 'wastedBefore') => of.filter((each) => each[name]).length;
    return `${kind}: ${of.length} changes, ${count('missed')} missed, ${count('wasted')} wasted, ${count('wastedBefore')} before`;
  });
  return [`seed ${SEED}, ${all.length} changes`, ...lines].join('\n');
}
