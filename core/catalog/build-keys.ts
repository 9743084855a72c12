/** The schema of `inputs` and `build`: an image that is made without a Dockerfile. */
import * as z from 'zod';
import { buildCommand, inputPattern, variableName, variableValue } from './grammar';
import { listOfOne, withShortForm } from './short-form';

/** More patterns than people write. Each is compared with every file below its folder. */
const MAX_PATTERNS = 100;

export const inputPatterns = withShortForm(z.array(inputPattern).min(1).max(MAX_PATTERNS), z.string(), listOfOne);

export const buildKeys = {
  /** Makes the image and pushes it as `$IMAGE`, or loads it into Docker under that name: a list of words, or text that `sh -e` runs. Its folder has its inputs alone. @example ["./make-image.sh"] */
  command: buildCommand,
  /** Variables of the command. They are inputs. Default: none. @example { "MODE": "release" } */
  env: z.record(variableName, variableValue).default({}),
};

/** One text is the command. */
export const build = withShortForm(z.strictObject(buildKeys), z.string(), (value) =>
  typeof value === 'string' ? { command: value } : value,
);
