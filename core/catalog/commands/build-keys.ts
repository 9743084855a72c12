/** The schema of `inputs` and `build`: an image that is made without a Dockerfile. */
import * as z from 'zod';
import { bakeTarget, buildCommand, inputPattern, shellText, variableName, variableValue, word } from '../grammar';
import { listOfOne, withShortForm } from '../short-form';
import { IMAGE_TOOL_NAMES } from './image-tools';

/** More patterns than people write. Each is compared with every file below its folder. */
const MAX_PATTERNS = 100;

export const inputPatterns = withShortForm(z.array(inputPattern).min(1).max(MAX_PATTERNS), z.string(), listOfOne);

export const buildKeys = {
  /** Makes the image and pushes it as `$IMAGE`, or loads it into Docker under that name: a list of words, or text that `sh -e` runs. Its folder has its inputs alone. Default: that of `tool`. @example ["./make-image.sh"] */
  command: buildCommand.optional(),
  /** Makes the image of the folder `path`, instead of a command. Default: none. @example "ko" */
  tool: z.enum(IMAGE_TOOL_NAMES).optional(),
  /** Further options of the tool. Default: none. @example ["--builder", "paketobuildpacks/builder-jammy-base"] */
  args: z.array(word).default([]),
  /** The target of the bake file. Default: the name of the service. @example "api" */
  target: bakeTarget.optional(),
  /** Shell text that installs the programs of the tool where they are missing. Default: none. @example "go install github.com/google/ko@v0.19.1" */
  install: shellText.optional(),
  /** Variables of the command. They are inputs. Default: none. @example { "MODE": "release" } */
  env: z.record(variableName, variableValue).default({}),
};

/** One text is the command. */
export const build = withShortForm(
  z.strictObject(buildKeys).refine(({ command, tool }) => (command === undefined) !== (tool === undefined), {
    error: `must have either a command or a tool (${IMAGE_TOOL_NAMES.join(', ')})`,
  }),
  z.string(),
  (value) => (typeof value === 'string' ? { command: value } : value),
);
