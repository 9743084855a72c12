/** What stands in the way of a rehearsal, told in one line. */

/** Something that is missing on this machine, or wrong with what was asked. `cure` is what to do about it. */
export class RehearsalError extends Error {
  override readonly name = 'RehearsalError';
  readonly exitCode: 1 | 2;

  constructor(problem: string, cure: string, exitCode: 1 | 2 = 1) {
    super(`${problem}; ${cure}`);
    this.exitCode = exitCode;
  }
}

/** Something that a scene expected and did not find. */
export class SceneFailure extends Error {
  override readonly name = 'SceneFailure';
}

/** Throws `SceneFailure` with the sentence unless the condition holds. */
export function expect(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new SceneFailure(sentence);
}

/** Throws `SceneFailure` with both values unless they are the same JSON. */
export function expectSame(actual: unknown, wanted: unknown, what: string): void {
  const [is, should] = [JSON.stringify(actual), JSON.stringify(wanted)];
  if (is !== should) throw new SceneFailure(`${what} is ${is}, expected ${should}`);
}
