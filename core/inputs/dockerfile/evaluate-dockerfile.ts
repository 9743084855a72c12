/** Evaluates a Dockerfile: walks through the stages that a build needs and says what they read from the build context. */
import { atLine } from './dockerfile-error';
import { Environment } from './environment';
import type { Evaluation } from './evaluation';
import type { Dockerfile } from './instruction';
import { platformArgs } from './platform-args';
import { StageEvaluator } from './stage-evaluator';
import { type ImageFinder, ownTriggers, reachStages } from './stage-graph';

export interface EvaluationOptions {
  readonly target: string | undefined;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly platform: string | undefined;
  readonly images: ImageFinder;
}

/** Evaluates a Dockerfile for one platform. Throws `DockerfileError` where Docker would refuse to build. */
export function evaluateDockerfile(dockerfile: Dockerfile, options: EvaluationOptions): Evaluation {
  const { buildArgs, platform, target, images } = options;
  const stageName = target ?? dockerfile.stages.at(-1)?.name;
  const globals = new Environment(platformArgs(platform, stageName, buildArgs), true, dockerfile.escapeMark);
  for (const arg of dockerfile.globalArgs) atLine(arg.line, () => globals.applyArg(arg, buildArgs, new Map()));
  const reached = reachStages(dockerfile, { target, globals: globals.entries(), images });
  const walk = new StageEvaluator(dockerfile.escapeMark, buildArgs, globals.entries());
  for (const [index, stage] of [...reached.stages].sort(([a], [b]) => a - b)) walk.stage(index, stage);
  const last = walk.stateOf(reached.target);
  const triggers = ownTriggers(dockerfile.stages[reached.target]);
  const image = { env: last.imageEnv, complete: last.environment.complete, triggers };
  return {
    reads: walk.reads,
    doubts: walk.doubts,
    services: [...walk.services],
    bases: walk.bases,
    instructions: [...reached.stages.values()].flatMap((stage) => stage.instructions),
    image,
  };
}
