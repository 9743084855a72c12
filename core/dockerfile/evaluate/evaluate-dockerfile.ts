import { atLine, type Dockerfile } from '../instruction';
import { MAX_EXPANDED } from '../shell/shell-lexer';
import { effectOf } from './effect';
import { Environment, type WordSyntax } from './environment';
import { type Evaluation, StageEvaluator } from './evaluate-stage';
import { type EvaluationOptions, ownTriggers, reachStages } from './stages';

/**
 * Evaluates a Dockerfile for one platform: what the stages that a build needs read from the build context. Throws `DockerfileError` where
 * Docker refuses to build.
 */
export function evaluateDockerfile(dockerfile: Dockerfile, options: EvaluationOptions): Evaluation {
  const { syntax, globals, reached } = reachDockerfile(dockerfile, options);
  const evaluator = new StageEvaluator(syntax, options, globals.values);
  for (const [index, stage] of [...reached.stages].sort(([a], [b]) => a - b)) evaluator.stage(index, stage);
  const last = evaluator.stateOf(reached.target);
  const triggers = ownTriggers(dockerfile.stages[reached.target]);
  const image = { env: last.imageEnv, complete: last.environment.complete, triggers };
  return {
    reads: evaluator.reads,
    doubts: evaluator.doubts,
    services: [...evaluator.services],
    bases: evaluator.bases,
    instructions: [...reached.stages.values()].flatMap((stage) => stage.instructions),
    image,
    // What is not understood may use a stage that seems not to be built.
    effects: evaluator.reads.some(({ kind }) => kind === 'everything')
      ? undefined
      : [effectOf(dockerfile, reached.stages, options)],
  };
}

/** Returns the stages that the build needs, and the variables before the first of them. Throws `DockerfileError` as `reachStages` does. */
export function reachDockerfile(
  dockerfile: Dockerfile,
  { buildArgs, platform, target, images, contexts }: EvaluationOptions,
): {
  readonly syntax: WordSyntax;
  readonly globals: Environment;
  readonly reached: ReturnType<typeof reachStages>;
} {
  const stageName = target ?? dockerfile.stages.at(-1)?.name;
  const syntax = { escapeMark: dockerfile.escapeMark, budget: { left: MAX_EXPANDED } };
  const globals = new Environment(platformArgs(platform, stageName, buildArgs), true, syntax);
  for (const arg of dockerfile.globalArgs) atLine(arg.line, () => globals.applyArg(arg, buildArgs, new Map()));
  return { syntax, globals, reached: reachStages(dockerfile, { target, globals, images, contexts }) };
}

/** Architectures whose name Docker does not change, with the variant that it omits or adds. */
const VARIANTS: Readonly<Record<string, { readonly omitted?: string; readonly added?: string }>> = {
  amd64: { omitted: 'v1' },
  arm64: { omitted: 'v8' },
  arm: { added: 'v7' },
  '386': {},
  ppc64le: {},
  s390x: {},
  riscv64: {},
};

/**
 * Returns the arguments that Docker defines itself
 * (https://docs.docker.com/reference/dockerfile/#automatic-platform-args-in-the-global-scope). Null stands for a value that depends on the
 * machine that builds. That includes the target if the service names no platform, or one whose name Docker normalizes.
 */
function platformArgs(
  platform: string | undefined,
  stage: string | undefined,
  buildArgs: Readonly<Record<string, string>>,
): Map<string, string | null> {
  const target = platform === undefined ? undefined : parsePlatform(platform);
  const values = new Map<string, string | null>([
    ['BUILDPLATFORM', null],
    ['BUILDOS', null],
    ['BUILDOSVERSION', null],
    ['BUILDARCH', null],
    ['BUILDVARIANT', null],
    ['TARGETPLATFORM', target?.all ?? null],
    ['TARGETOS', target?.os ?? null],
    ['TARGETOSVERSION', target === undefined ? null : ''],
    ['TARGETARCH', target?.architecture ?? null],
    ['TARGETVARIANT', target?.variant ?? null],
    ['TARGETSTAGE', stage ?? 'default'],
  ]);
  for (const name of values.keys()) {
    const given = Object.hasOwn(buildArgs, name) ? buildArgs[name] : undefined;
    if (given !== undefined) values.set(name, given);
  }
  return values;
}

interface Platform {
  readonly all: string;
  readonly os: string;
  readonly architecture: string;
  readonly variant: string;
}

function parsePlatform(platform: string): Platform | undefined {
  const [os, architecture = '', written = '', ...more] = platform.split('/');
  const rules = Object.hasOwn(VARIANTS, architecture) ? VARIANTS[architecture] : undefined;
  if (os !== 'linux' || rules === undefined || more.length > 0 || /[A-Z]/.test(written)) return undefined;
  const variant = written === '' ? (rules.added ?? '') : written === rules.omitted ? '' : written;
  return { all: [os, architecture, variant].filter((part) => part !== '').join('/'), os, architecture, variant };
}
