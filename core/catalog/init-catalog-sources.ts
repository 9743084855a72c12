/** What the Dockerfile of a service reads from its context, place by place. */
import type { BuildFileReader } from '../inputs/build-files';
import { DockerfileError } from '../inputs/dockerfile/dockerfile-error';
import type { ImageFinder } from '../inputs/dockerfile/stage-graph';
import { evaluateService } from '../inputs/evaluate-service';
import { withinRoot } from '../inputs/ignore/clean-path';
import { hasWildcard } from '../inputs/ignore/glob';
import { joinPath } from '../inputs/tree-index';
import type { Service } from './catalog';

/** A source of a `COPY`, `ADD` or bind mount. */
export interface BuildSource {
  /** As written, variables expanded. */
  readonly source: string;
  /** The file or folder of the repository that it names; of a pattern, the folder that it searches. */
  readonly place: string;
  /** True for the whole context. */
  readonly isWhole: boolean;
  /** False if there is nothing of that name. */
  readonly isThere: boolean;
}

/** Takes every image for one of others: which are ours does not change what is read from the context. */
export const NO_IMAGES: ImageFinder = { find: () => undefined, startingWith: () => [] };

/** The sources of a service's Dockerfile; undefined if the Dockerfile cannot be used. */
export function readSources(service: Service, files: BuildFileReader): readonly BuildSource[] | undefined {
  const build = files.read(service);
  if ('problems' in build) return undefined;
  return orUndefined(() => evaluateService(service, build, NO_IMAGES).reads)?.map((read) => {
    const place = placeOf(read.source, read.parents);
    return {
      source: read.source,
      place: joinPath(service.context, place),
      isWhole: place === '' || read.kind === 'everything',
      // What is there and cannot be read, such as a loop of links, is told by the plan.
      isThere: orUndefined(() => build.sources.resolve(read).pieces.length) !== 0,
    };
  });
}

/** Undefined where the Dockerfile is wrong. */
function orUndefined<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof DockerfileError) return undefined;
    throw error;
  }
}

function placeOf(source: string, parents: boolean): string {
  const parts = withinRoot(parents ? source.replace('/./', '/') : source).split('/');
  const pattern = parts.findIndex(hasWildcard);
  return (pattern < 0 ? parts : parts.slice(0, pattern)).join('/');
}
