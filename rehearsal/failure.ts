/** The errors of a rehearsal. */

/** A rehearsal cannot start, because something is missing on this machine or the options are wrong. `fix` is what to do. */
export class RehearsalError extends Error {
  override readonly name = 'RehearsalError';
  readonly exitCode: 1 | 2;

  constructor(problem: string, fix: string, exitCode: 1 | 2 = 1) {
    super(`${problem}; ${fix}`);
    this.exitCode = exitCode;
  }
}

/** A scene did not find what it expects. */
export class SceneFailure extends Error {
  override readonly name = 'SceneFailure';
}

/** Throws `SceneFailure` with the message unless the condition holds. */
export function expect(condition: boolean, message: string): asserts condition {
  if (!condition) throw new SceneFailure(message);
}

/** Throws `SceneFailure` with both values unless they are the same JSON. */
export function expectSame(actual: unknown, expected: unknown, name: string): void {
  const [found, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (found !== wanted) throw new SceneFailure(`${name} is ${found}, expected ${wanted}`);
}
