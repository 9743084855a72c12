/** The grammars of names, paths and versions in a catalog, as types for `schema.ts`. */
import * as z from 'zod';
import { BadPatternError, parseGlob } from '../text/glob';
import { excerpt } from '../text/shape-error';
import { isVersion, parseVersion } from '../version/version';
import type { BasePolicy } from './model';

/** With `.` and 40 digits behind it, a service's name is the tag of its candidate; a tag has at most 128 characters. */
export const SERVICE_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}$/;

export const MODULE_NAME = /^[A-Za-z0-9_][A-Za-z0-9_./-]{0,127}$/;

/** Stage names are JSON keys of the state machine, reached by JSONPath, where `-` and `.` have a meaning of their own. */
const STAGE_NAME = /^[A-Za-z][A-Za-z0-9_]{0,39}$/;

/** Stage titles become names of states, which may have 80 characters in Step Functions. */
const STAGE_TITLE = /^[\p{L}\p{N}]([\p{L}\p{N} &()+,.:_-]{0,58}[\p{L}\p{N})])?$/u;

/** Repository grammar of the OCI distribution specification. Docker allows 255 characters with host and namespace. */
export const IMAGE_NAME = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/;

/** https://packaging.python.org/en/latest/specifications/name-normalization/ */
export const PACKAGE_NAME = /^(?!.{129})[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/;

const PLATFORM = /^[a-z0-9]+\/[a-z0-9_]+(\/[a-z0-9]+)?$/;

/** Returns a schema for text of a grammar. Its message contains the text and what is allowed. */
function text(grammar: RegExp | ((value: string) => boolean), allowed: string, length = 300) {
  const fits = typeof grammar === 'function' ? grammar : (value: string) => grammar.test(value);
  return z.string().refine((value) => value.length <= length && fits(value), {
    error: (issue) => `'${excerpt(String(issue.input))}' is not allowed: ${allowed}`,
  });
}

export const stageName = text(STAGE_NAME, 'a stage name has letters, digits and _, begins with a letter, at most 40');

export const stageTitle = text(
  STAGE_TITLE,
  'a title has letters, digits, spaces and & ( ) + , . : _ - between them, at most 60 characters',
);

export const imageName = text(
  IMAGE_NAME,
  'an image name has lower case letters and digits with . _ - or / between them, no host, no tag, at most 128 characters',
  128,
);

export const buildArgument = text(/^[A-Za-z_]\w*$/, 'a build argument has letters, digits and _, begins with no digit');

export const buildPlatform = text(PLATFORM, 'a platform is written like linux/amd64 or linux/arm/v7');

export const buildTarget = text(/^[A-Za-z0-9][\w.-]*$/, 'a target is the name or number of a stage of the Dockerfile');

/** A name that no image and no number of a stage can be. `context` and `dockerfile` are BuildKit's own names. */
export const contextName = text(
  (value) => /^[a-z][a-z0-9_-]{0,59}$/.test(value) && !['scratch', 'context', 'dockerfile'].includes(value),
  'a context has lower case letters, digits, _ and -, begins with a letter, and is not scratch, context or dockerfile',
);

/** The id of a secret, as `--mount=type=secret,id=npm` has it. */
export const secretId = text(
  /^(?!\.\.?$)[\w.][\w.-]{0,59}$/,
  'a secret has an id of letters, digits and . _ -, which does not begin with -, at most 60 characters',
);

/** A command in an image as its words. One line is run by `sh`. Docker's instruction takes no line end and no NUL. */
export const testCommand = z
  .union([z.string().transform((line) => ['sh', '-c', line]), z.array(z.string()).min(1)], {
    error: 'must be one line, or a list of words such as [pytest, -q], with numbers in quotes',
  })
  .refine((words) => words.every((word) => word.length <= 4000 && !/[\0\r\n]/.test(word)) && words.at(-1) !== '', {
    error: 'must be one line of text without control characters, at most 4000 characters a word',
  });

/** The command of an image as its words. Text is run by `sh`, which ends at the first command that fails. */
export const buildCommand = z
  .union([z.string().transform((lines) => ['sh', '-e', '-c', lines]), z.array(z.string()).min(1)], {
    error: 'must be text for `sh -e`, or a list of words such as [make, image], with numbers in quotes',
  })
  .refine((words) => words.every((each) => each.length <= 4000 && !each.includes('\0')), {
    error: 'has a word with a NUL or more than 4000 characters; put it into a script of the repository',
  })
  .refine((words) => words[0]?.trim() !== '' && words.at(-1)?.trim() !== '', {
    error: 'is empty; name the program that makes the image',
  });

/** One word of a command. */
export const word = z.string().refine((value) => value.length <= 4000 && !value.includes('\0'), {
  error: 'has a NUL or more than 4000 characters; put it into a script of the repository',
});

export const shellText = word.refine((value) => value.trim() !== '', { error: 'is empty; leave it out' });

export const bakeTarget = text(/^[A-Za-z0-9_-]+$/, 'a target of a bake file has letters, digits, _ and -');

export const variableName = text(/^[A-Za-z_]\w*$/, 'a variable has letters, digits and _, begins with no digit');

export const variableValue = z.string().refine((value) => !value.includes('\0'), {
  error: 'has a NUL, which no variable can have; remove it',
});

/** A pattern of files below the repository's root, with the rules of ignore files. */
export const inputPattern = z.string().refine((pattern) => patternProblem(pattern) === undefined, {
  error: (issue) => `'${excerpt(String(issue.input))}' is not allowed: ${patternProblem(String(issue.input))}`,
});

function patternProblem(pattern: string): string | undefined {
  const isException = pattern.startsWith('!');
  const path = isException ? pattern.slice(1) : pattern;
  if (path === '.' || path === './') return 'write ** for all files of the repository';
  // Ignore files drop white space at both ends of a line.
  if (path.trim() !== path) return 'leave out the white space around it';
  try {
    parseGlob(path);
  } catch (error) {
    if (error instanceof BadPatternError) return 'a [ has no ], or a \\ nothing behind it';
    throw error;
  }
  // A backslash before a character of patterns is allowed here.
  return pathProblem(path.replace(/\\(.)/gs, '$1'));
}

export const platformVersion = text(
  (value) => parseVersion(value)?.suffix === '',
  'a platform version is written like v1.4.0',
);

export const serviceVersion = text(isVersion, 'a version is written like v1.3.1 or 0.1.0');

/** A base policy as a person writes it: `recorded`, `follow`, or `{ maxAge: 30d }`. */
export type BasePolicyInput = 'recorded' | 'follow' | { readonly maxAge: `${number}d` };

/** The pattern for editors, because the rule itself is code. */
const BASE_POLICY_FORMS = {
  anyOf: [
    { enum: ['recorded', 'follow'] },
    {
      type: 'object',
      properties: {
        maxAge: {
          type: 'string',
          pattern: '^[1-9][0-9]{0,3}d$',
          description: 'Days, at most 3650.',
          examples: ['30d'],
        },
      },
      required: ['maxAge'],
      additionalProperties: false,
    },
  ],
};

export const basePolicy: z.ZodType<BasePolicy, BasePolicyInput> = z
  .custom<BasePolicyInput>()
  .meta(BASE_POLICY_FORMS)
  .transform((value, context): BasePolicy => {
    const policy = readBasePolicy(value);
    if (policy !== undefined) return policy;
    const given = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
    const message = `must be recorded, follow or { maxAge: 30d }, with 1 to 3650 days, not ${excerpt(given, 60)}`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

function readBasePolicy(value: unknown): BasePolicy | undefined {
  if (value === 'recorded' || value === 'follow') return value;
  if (typeof value !== 'object' || value === null || Object.keys(value).join() !== 'maxAge') return undefined;
  const days = /^([1-9][0-9]{0,3})d$/.exec(String((value as { readonly maxAge: unknown }).maxAge))?.[1];
  return days === undefined || Number(days) > 3650 ? undefined : { maxAgeDays: Number(days) };
}

/** A file or folder of the repository, relative to its root, never ''. */
export const repositoryPath = z.string().refine((path) => pathProblem(path) === undefined, {
  error: (issue) => `'${excerpt(String(issue.input))}' is not allowed: ${pathProblem(String(issue.input))}`,
});

/** A folder as before, or `.` for the repository's root, which becomes ''. */
export const folderPath = z
  .string()
  .transform((path) => (path === '.' ? '' : path))
  .pipe(z.literal('').or(repositoryPath));

function pathProblem(path: string): string | undefined {
  if (path === '') return 'a path must name something';
  if (path.length > 1000) return 'a path has at most 1000 characters';
  if (path.startsWith('/')) return "paths start at the repository's root, without a leading /";
  if (path.endsWith('/')) return 'leave out the trailing /';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are refused
  if (/[\u0000-\u001f\u007f]/.test(path)) return 'a path has no control characters';
  if (path.includes('\\')) return 'separate folders with /';
  const parts = path.split('/');
  if (parts.includes('..')) return "a path stays within the repository, without '..'";
  if (parts.includes('.')) return "leave out './'";
  if (parts.includes('')) return "write one / between folders, not '//'";
  if (parts.includes('.git')) return "'.git' is no part of a commit";
  return undefined;
}

/** Returns the name by which indexes know a package, whatever its spelling: https://packaging.python.org/en/latest/specifications/name-normalization/ */
export function normalizedPackage(name: string): string {
  return name.replace(/[-_.]+/g, '-').toLowerCase();
}
