/** The one error of a values file. */
import { ERROR_NAMES } from '../contract';
import { InvalidInputError, type Problem } from '../errors';

const MAX_PROBLEMS = 100;

/** The error: says that the file was left as it is, and lists every problem; of very many, the first 100. */
export function refuseValues(file: string, problems: readonly Problem[]): InvalidInputError {
  const rest = problems.length - MAX_PROBLEMS;
  const more = { path: file, message: `has ${rest} more problems; mend those above first` };
  const shown = rest > 0 ? [...problems.slice(0, MAX_PROBLEMS), more] : problems;
  return new InvalidInputError(`${file} was left as it is`, shown, undefined, ERROR_NAMES.valuesFile);
}
