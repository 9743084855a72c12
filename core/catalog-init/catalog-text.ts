/** The text of a new catalog. */
import type { Module } from '../catalog/model';
import type { TagPlace } from '../contract/image';
import { plainOrQuoted } from '../text/scalar-style';
import { type ChartTags, nextPlatform } from './chart-tags';
import type { SkippedFile } from './detect';
import type { ImageStages } from './image-stages';
import type { NewBuild } from './tools/tool-image';

/** A service that `catalog init` found. Paths are as in `Service`. */
export interface NewService {
  readonly name: string;
  readonly image: string;
  readonly path: string;
  /** Empty if `build` makes the image. */
  readonly dockerfile: string;
  readonly build?: NewBuild;
  /** The files that `build` reads; undefined for those that its tool reads by default. */
  readonly inputs?: readonly string[] | undefined;
  readonly context: string;
  readonly target: string | undefined;
  readonly args: Readonly<Record<string, string>>;
  readonly remark: string | undefined;
}

const HEADER = `# The services of this repository, found by their Dockerfiles and by files of other tools. Check the remarks, then commit this file as pipeline.yaml.
# The tag of a service is at <name>.image.tag in the values file; set another path with \`values\`.
# Consider adding stages, minutes (the duration of a build) and priority.`;

interface CatalogParts {
  readonly services: readonly NewService[];
  readonly modules?: readonly Module[];
  readonly leftOut?: readonly SkippedFile[];
  readonly chart?: ChartTags | undefined;
  readonly guesses?: readonly string[];
  readonly stages?: ImageStages;
}

const ONE_STAGE: ImageStages = { names: [], earlier: new Map() };

/** Returns the catalog as YAML, in short forms if they are enough. Equal arguments give equal text. */
export function catalogText({
  services,
  modules = [],
  leftOut = [],
  chart,
  guesses = [],
  stages = ONE_STAGE,
}: CatalogParts): string {
  const platform = (chart?.common === undefined ? undefined : nextPlatform(chart.common)) ?? 'v0.1.0';
  return [
    HEADER,
    ...guesses.map((guess) => `# Guessed: ${comment(guess)}.`),
    '',
    `platform: ${platform} # the version under development`,
    ...stageLines(stages),
    ...(modules.length === 0 ? [] : ['', '# Folders that several services copy from.', 'modules:']),
    ...modules.map(({ name, path }) => `  ${plainOrQuoted(name)}: ${plainOrQuoted(path)}`),
    '',
    'services:',
    ...services.map((service) => serviceLine(service, chart, stages.earlier.get(service.name))),
    ...(leftOut.length === 0 ? [] : ['', '# Skipped:']),
    ...leftOut.map(({ path, why }) => `#   ${comment(path)} (${why})`),
    '',
  ].join('\n');
}

function stageLines({ names }: ImageStages): readonly string[] {
  if (names.length === 0) return [];
  const lines = names.map((name, at) => `  - { name: ${name}${at === 0 ? '' : `, needs: [${names[at - 1]}]`} }`);
  return ['', 'stages:', ...lines, `defaults: { stage: ${names.at(-1)} }`];
}

function serviceLine(
  { name, image, path, dockerfile, build, inputs, context, target, args, remark }: NewService,
  chart: ChartTags | undefined,
  stage: string | undefined,
): string {
  const paths = chart?.paths.get(name) ?? [];
  const isUsualPlace = chart === undefined || paths.join() === `${name}.image.tag`;
  const own = chart?.own.get(name);
  const pairs = Object.entries(args).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  const isUsual = dockerfile === '' || dockerfile === (path === '' ? 'Dockerfile' : `${path}/Dockerfile`);
  const keys = [
    path === name ? [] : [`path: ${path === '' ? '.' : plainOrQuoted(path)}`],
    isUsual ? [] : [`dockerfile: ${plainOrQuoted(dockerfile)}`],
    context === '' ? [] : [`context: ${context === path ? 'service' : plainOrQuoted(context)}`],
    stage === undefined ? [] : [`stage: ${stage}`],
    image === name ? [] : [`image: ${plainOrQuoted(image)}`],
    target === undefined ? [] : [`target: ${plainOrQuoted(target)}`],
    pairs.length === 0 ? [] : [`buildArgs: { ${pairs.join(', ')} }`],
    inputs === undefined ? [] : [`inputs: [${inputs.map(plainOrQuoted).join(', ')}]`],
    build === undefined ? [] : [`build: ${flow(build)}`],
    isUsualPlace ? [] : [`values: ${placesText(paths)}`],
    own === undefined ? [] : ['versioning: independent', `version: ${plainOrQuoted(own)}`],
  ].flat();
  const isPathOnly = keys.length === 1 && path !== name && isUsual && path !== '';
  const value = keys.length === 0 ? '' : isPathOnly ? ` ${plainOrQuoted(path)}` : ` { ${keys.join(', ')} }`;
  return `  ${plainOrQuoted(name)}:${value}${remark === undefined ? '' : ` # ${comment(remark)}`}`;
}

/** Returns places of one file: a list of paths, or a map if the file has a name. */
function placesText(places: readonly TagPlace[]): string {
  const [first] = places;
  const list = `[${places.map((each) => plainOrQuoted(typeof each === 'string' ? each : each.path)).join(', ')}]`;
  return first === undefined || typeof first === 'string' ? list : `{ ${first.file}: ${list} }`;
}

/** Returns a value in YAML's flow style. */
function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return plainOrQuoted(String(value));
  const pairs = Object.entries(value).filter(([, each]) => each !== undefined);
  return `{ ${pairs.map(([key, each]) => `${key}: ${flow(each)}`).join(', ')} }`;
}

/** Returns a text that cannot end its comment. */
function comment(text: string): string {
  return text.replace(/[^\P{C}]|[\u2028\u2029]/gu, '?');
}
