/** The services of a new catalog: one for each Dockerfile, or for each way in which files build it, and one for each image of a tool. */
import { buildTarget, IMAGE_NAME } from '../catalog/grammar';
import type { Service } from '../catalog/model';
import { BuildFileReader } from '../input-digest/build-files';
import type { TreeIndex } from '../input-digest/tree-index';
import type { Evidence, Variant } from './builds/evidence';
import type { NewService } from './catalog-text';
import {
  type ChosenContext,
  type ContextHints,
  type ContextPreference,
  chooseContext,
  contextFolders,
} from './choose-context';
import { type BuildSource, type FoundDockerfile, readSources } from './detect';
import { imageNameOf, type NameParts, serviceNameParts, uniqueNames, variantNameParts } from './names';
import type { ToolImage } from './tools/tool-image';

/** What services are made of, beside their Dockerfiles. */
export interface ServiceParts {
  readonly tree: TreeIndex;
  readonly texts: ReadonlyMap<string, Buffer>;
  readonly preferred: ContextPreference;
  readonly evidence: Evidence;
}

/** A service with the sources of the repository that its Dockerfile reads. */
export interface ReadService extends NewService {
  readonly sources: readonly BuildSource[];
}

type Unnamed = Omit<ReadService, 'name' | 'image'> & {
  readonly parts: NameParts;
  /** The name that other files give its image. */
  readonly image: string | undefined;
};

/** Returns the services by name. */
export function servicesOf(
  dockerfiles: readonly FoundDockerfile[],
  tools: readonly ToolImage[],
  parts: ServiceParts,
): readonly ReadService[] {
  const files = new BuildFileReader(parts.tree, parts.texts);
  const found: readonly Unnamed[] = [
    ...dockerfiles.flatMap((dockerfile) =>
      (parts.evidence.variants.get(dockerfile.path) ?? [undefined]).map((variant) =>
        dockerfileService(dockerfile, variant, files, parts),
      ),
    ),
    ...tools.map((image) => toolService(image, tools)),
  ];
  const names = uniqueNames(found.map(({ parts: each }) => each));
  const images = imageNames(
    names,
    found.map(({ image }) => image),
  );
  return found
    .map(
      ({ parts: _, ...service }, at): ReadService => ({ ...service, name: names[at] ?? '', image: images[at] ?? '' }),
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function dockerfileService(
  found: FoundDockerfile,
  variant: Variant | undefined,
  files: BuildFileReader,
  { preferred, evidence, tree }: ServiceParts,
): Unnamed {
  const { path, folder, variant: part } = found;
  const contexts = contextFolders(found, evidence.contexts.get(path));
  const hints = { preferred, evidence: variant?.context, tree };
  const { context, sources, remark } = contextOf(found, contexts, variant, files, hints);
  return {
    parts: variant?.name === undefined ? serviceNameParts(folder, part) : variantNameParts(folder, variant.name),
    image: variant?.image,
    path: folder,
    dockerfile: path,
    context,
    target: targetOf(variant),
    args: variant?.args ?? {},
    remark: variant?.remark ?? remark,
    sources,
  };
}

/** Several images of one folder, and one of the repository's root, are named after their images. */
function toolService({ place, folder, image, build, inputs, remark }: ToolImage, all: readonly ToolImage[]): Unnamed {
  const isAlone = place !== '' && all.filter((other) => other.place === place).length === 1;
  return {
    parts: isAlone || image === undefined ? serviceNameParts(place, undefined) : variantNameParts(place, image),
    image,
    path: folder,
    dockerfile: '',
    context: '',
    target: undefined,
    args: {},
    build,
    inputs,
    remark,
    sources: [],
  };
}

/** Returns the image names that other files use, where they are legal and different; otherwise names like those of the services. */
function imageNames(names: readonly string[], known: readonly (string | undefined)[]): readonly string[] {
  const usual = names.map(imageNameOf);
  return known.map((image, at) => {
    const isTaken = known.some((other, index) => index !== at && image === (other ?? usual[index]));
    return image === undefined || isTaken || !IMAGE_NAME.test(image) ? (usual[at] ?? '') : image;
  });
}

function targetOf(variant: Variant | undefined): string | undefined {
  return buildTarget.safeParse(variant?.target).success ? variant?.target : undefined;
}

function contextOf(
  found: FoundDockerfile,
  contexts: readonly string[],
  variant: Variant | undefined,
  files: BuildFileReader,
  hints: ContextHints,
) {
  const candidates = contexts.map((folder) => ({
    folder,
    sources: readSources(draftService(found, folder, variant), files),
  }));
  const fallback: ChosenContext = {
    folder: hints.evidence ?? (hints.preferred === 'root' ? '' : found.folder),
    sources: [],
    remark: undefined,
  };
  const { folder, sources, remark } = chooseContext(candidates, hints) ?? fallback;
  return { context: folder, sources: sources ?? [], remark };
}

/** Returns a service with the least that its Dockerfile's sources depend on. */
export function draftService({ path, folder }: FoundDockerfile, context: string, variant?: Variant): Service {
  const target = targetOf(variant);
  return {
    name: `${path} in ${context}`,
    image: '',
    path: folder,
    dockerfile: path,
    context,
    ...(target === undefined ? {} : { target }),
    buildArgs: variant?.args ?? {},
    platforms: [],
    stage: '',
    priority: 2,
    minutes: 10,
    dependencies: [],
    values: [],
    versioning: 'platform',
    retagOnly: false,
  };
}
