/** Evaluates a service's Dockerfile for each of its platforms and joins what was found. */
import type { Service } from '../catalog/catalog';
import type { BuildFiles } from './build-files';
import { evaluateDockerfile } from './dockerfile/evaluate-dockerfile';
import { type Evaluation, everything } from './dockerfile/evaluation';
import { isForeign } from './dockerfile/parse-dockerfile';
import type { ImageConfig, ImageFinder } from './dockerfile/stage-graph';

/** What the build of a service reads and starts from. Throws `DockerfileError` where Docker would refuse to build. */
export function evaluateService(service: Service, files: BuildFiles, images: ImageFinder): Evaluation {
  const { target, buildArgs, platforms } = service;
  const given = Object.hasOwn(buildArgs, 'BUILDKIT_SYNTAX') ? buildArgs.BUILDKIT_SYNTAX : undefined;
  if (isForeign(given)) return foreignEvaluation(given);
  if (files.dockerfile.kind === 'foreign') return foreignEvaluation(files.dockerfile.syntax);
  const { dockerfile } = files.dockerfile;
  const each = [...new Set(platforms.length === 0 ? [undefined] : platforms)];
  return each
    .map((platform) => evaluateDockerfile(dockerfile, { target, buildArgs, platform, images }))
    .reduce(joinEvaluations);
}

/** A file in another language than Docker's: anything may be read. */
function foreignEvaluation(syntax: string): Evaluation {
  return {
    reads: [everything(1)],
    doubts: [{ line: 1, text: `syntax=${syntax} is not Docker's own Dockerfile language` }],
    services: [],
    bases: [],
    instructions: [],
    image: { env: new Map(), complete: false, triggers: [] },
  };
}

function joinEvaluations(a: Evaluation, b: Evaluation): Evaluation {
  return {
    reads: uniqueBy([...a.reads, ...b.reads], (read) => JSON.stringify(read)),
    doubts: uniqueBy([...a.doubts, ...b.doubts], (doubt) => `${doubt.line} ${doubt.text}`),
    services: [...new Set([...a.services, ...b.services])],
    bases: uniqueBy([...a.bases, ...b.bases], (base) => `${base.line} ${base.name}`),
    instructions: a.instructions.length < b.instructions.length ? b.instructions : a.instructions,
    image: joinImages(a.image, b.image),
  };
}

/** A variable that differs between platforms is not known. */
function joinImages(a: ImageConfig, b: ImageConfig): ImageConfig {
  const names = [...new Set([...a.env.keys(), ...b.env.keys()])];
  const env = new Map(
    names.map((name) => [name, a.env.get(name) === b.env.get(name) ? (a.env.get(name) ?? null) : null]),
  );
  return { env, complete: a.complete && b.complete, triggers: a.triggers };
}

function uniqueBy<T>(items: readonly T[], key: (item: T) => string): readonly T[] {
  return [...new Map(items.map((item) => [key(item), item])).values()];
}
