/** The `RUN` steps of a build, each with a key as BuildKit's cache has it. Equal keys in two builds: the same command over the same files. */
import type { Service } from '../../catalog/model';
import { reachDockerfile } from '../../dockerfile/evaluate/evaluate-dockerfile';
import type { ImageFinder, Origin } from '../../dockerfile/evaluate/stages';
import type { ArgInstruction } from '../../dockerfile/instruction';
import { splitInstruction } from '../../dockerfile/parse/lexer';
import { parseDockerfile } from '../../dockerfile/parse/parse-dockerfile';
import { digestOf } from '../../input-digest/input-digest';
import type { InputSource, ServiceInputs } from '../../input-digest/inputs';

export interface RunStep {
  readonly line: number;
  /** The instruction on one line. */
  readonly text: string;
  readonly key: string;
  /** What was taken from the build context before, in the stages that it starts or copies from, too. */
  readonly before: readonly InputSource[];
}

/** What the steps depend on. */
export type StepInputs = Pick<ServiceInputs, 'sources' | 'recipe'>;

/** Instructions that change the image's configuration alone. They do not make a later `RUN` run again. */
const METADATA = [
  'cmd',
  'entrypoint',
  'expose',
  'healthcheck',
  'label',
  'maintainer',
  'onbuild',
  'stopsignal',
  'volume',
];

/** A file with more steps is made by a program, which needs no advice. */
const MAX_STEPS = 200;

/** Images of other services count by their digests, which are part of the recipe. */
const NO_IMAGES: ImageFinder = { find: () => undefined, startingWith: () => [] };

interface Chain {
  readonly key: string;
  readonly before: readonly InputSource[];
}

/** Returns the steps of the stages that the service needs, for its first platform; none for a file in another language. */
export function runSteps(service: Service, text: string, inputs: StepInputs): readonly RunStep[] {
  const parsed = parseDockerfile(text);
  if (parsed.kind !== 'parsed') return [];
  const { dockerfile } = parsed;
  const { target, buildArgs, platforms } = service;
  const { reached, globals } = reachDockerfile(dockerfile, {
    target,
    buildArgs,
    platform: platforms[0],
    images: NO_IMAGES,
    contexts: new Set(Object.keys(service.contexts ?? {})),
  });
  const chains = new Map<number, Chain>();
  const chainOf = (origin: Origin): Chain =>
    (origin.kind === 'stage' ? chains.get(origin.index) : undefined) ?? startOf(origin, inputs);
  const steps: RunStep[] = [];
  for (const [index, { stage, base, sources }] of [...reached.stages].sort(([a], [b]) => a - b)) {
    let chain = chainOf(base);
    for (const line of stage.lines.slice(1)) {
      const { keyword, rest } = splitInstruction(line.text, dockerfile.escapeMark);
      const name = keyword.toLowerCase();
      if (METADATA.includes(name)) continue;
      const arg = stage.instructions.find((each) => each.kind === 'arg' && each.line === line.line);
      const written = arg?.kind === 'arg' ? argValues(arg, buildArgs, (each) => globals.get(each)) : [line.text];
      const taken = inputs.sources.filter((source) => source.line === line.line);
      const copied = sources.filter((source) => source.line === line.line).map(({ origin }) => chainOf(origin));
      chain = {
        key: keyOf([
          [chain.key, name],
          [...written, ...line.heredocs],
          ...taken.map(({ record }) => record),
          copied.map(({ key }) => key),
        ]),
        before: [...chain.before, ...copied.flatMap(({ before }) => before), ...taken],
      };
      if (name === 'run') steps.push({ line: line.line, text: `RUN ${rest}`.replace(/\s+/g, ' '), ...chain });
      if (steps.length > MAX_STEPS) return [];
    }
    chains.set(index, chain);
  }
  return steps;
}

function startOf(origin: Origin, { recipe }: StepInputs): Chain {
  const name = 'name' in origin ? origin.name : origin.kind;
  const images = recipe.filter((part) => part.name.startsWith('image:')).flatMap((part) => [part.name, part.value]);
  return { key: keyOf([['from', name], images]), before: [] };
}

function argValues(
  { args }: ArgInstruction,
  buildArgs: Readonly<Record<string, string>>,
  global: (name: string) => string | null | undefined,
): readonly string[] {
  return args.flatMap(({ name, value }) => {
    const given = Object.hasOwn(buildArgs, name) ? buildArgs[name] : undefined;
    return [name, given ?? value ?? global(name) ?? ''];
  });
}

function keyOf(records: readonly (readonly string[])[]): string {
  return digestOf(records).slice(0, 24);
}
