/** What `catalog init` guessed, in words. */
import { IMAGE_TOOLS } from '../catalog/commands/image-tools';
import { someOf } from '../text/escape';
import type { Evidence } from './builds/evidence';
import type { NewService } from './catalog-text';
import { type ChartTags, nextPlatform } from './chart-tags';
import type { ImageStages } from './image-stages';
import type { ToolImage } from './tools/tool-image';

/** Says what other files decided. */
export function buildGuesses(services: readonly NewService[], { variants }: Evidence): readonly string[] {
  const built = services.filter(({ dockerfile }) => variants.has(dockerfile)).length;
  const several = new Set(
    services
      .filter(({ dockerfile }) => (variants.get(dockerfile)?.length ?? 0) > 1)
      .map(({ dockerfile }) => dockerfile),
  );
  return [
    ...(built === 0
      ? []
      : [`${built} of ${services.length} services are built as compose, bake, Skaffold, Tilt or CI files build them`]),
    ...[...several].map((path) => `${path} is built in several ways, so it has several services`),
  ];
}

/** Says which services are built first. */
export function stageGuesses({ earlier }: ImageStages): readonly string[] {
  if (earlier.size === 0) return [];
  const names = [...earlier.keys()];
  return [`other services are built from the images of ${someOf(names, 5)}, so these have an earlier stage`];
}

/** Says what the files with the tags decided. */
export function chartGuesses(
  { files, common, own, paths }: ChartTags,
  services: readonly NewService[],
): readonly string[] {
  const without = services.filter(({ name }) => !paths.has(name)).length;
  const [only, ...others] = files;
  const tags = `the tags of ${paths.size} of ${services.length} services`;
  const isUsual = only !== undefined && /(^|\/)values\.ya?ml$/.test(only.path);
  const values = `"values": { ${files.map(({ name, path }) => `"${name}": "${path}"`).join(', ')} }`;
  const which =
    others.length > 0 ? `${files.length} files have ${tags}; name them` : `${only?.path} has ${tags}; name it`;
  return [
    ...(only?.name !== undefined
      ? [`${which} in the settings, beside the path of a version lock: ${values}`]
      : [isUsual ? `${only?.path} has ${tags}` : `${which} in the settings: "valuesFile": "${only?.path}"`]),
    ...(common === undefined ? [] : [`most of them have ${common}, so ${nextPlatform(common)} is under development`]),
    ...(own.size === 0 ? [] : [`${own.size} with another version are versioned independently`]),
    ...(without === 0 ? [] : [`${without} without a tag there have \`values: []\``]),
  ];
}

/** Programs of build machines in AWS: https://docs.aws.amazon.com/codebuild/latest/userguide/available-runtimes.html */
const ON_MACHINES: readonly string[] = ['docker', 'java', 'go', 'dotnet'];

/** Says which images are made without a Dockerfile, as which files say, and what their machine needs. */
export function toolGuesses(images: readonly ToolImage[]): readonly string[] {
  const byTool = new Map<string, readonly ToolImage[]>();
  for (const image of images) {
    const tool = image.build.tool ?? 'a command';
    byTool.set(tool, [...(byTool.get(tool) ?? []), image]);
  }
  return [...byTool].map(([name, made]) => {
    const files = [...new Set(made.map(({ file }) => file))];
    const [{ tool, install } = {}] = made.map(({ build }) => build);
    const missing =
      tool === undefined ? [] : IMAGE_TOOLS[tool].needs.filter((program) => !ON_MACHINES.includes(program));
    const needs =
      install !== undefined || missing.length === 0
        ? ''
        : `; ${missing.join(', ')} must be on the build machine, or installed by \`build.install\``;
    return `${made.length} ${made.length === 1 ? 'image is' : 'images are'} made by ${name} without a Dockerfile, as ${someOf(files, 3)} ${files.length === 1 ? 'says' : 'say'}${needs}`;
  });
}
