/** What is wrong in a Dockerfile: thrown while parsing, caught once in `parse-dockerfile.ts` and in the evaluation of a service. */

/** Docker would refuse the file. `line` counts from 1. */
export class DockerfileError extends Error {
  readonly line: number | undefined;

  constructor(message: string, line?: number) {
    super(message);
    this.name = 'DockerfileError';
    this.line = line;
  }

  /** The same error with a line, unless it has one already. */
  at(line: number): DockerfileError {
    return this.line === undefined ? new DockerfileError(this.message, line) : this;
  }
}

/** Runs `work`; a `DockerfileError` without a line gets this one. */
export function atLine<T>(line: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof DockerfileError ? error.at(line) : error;
  }
}
