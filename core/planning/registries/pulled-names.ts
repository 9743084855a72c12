/** Compares the names of images in values files with the registry that their environment pulls from. */
import { InvalidInputError, type Problem } from '../../contract/errors';
import type { TagPlace } from '../../contract/image';
import type { Plan } from '../../contract/plan';
import type { Environment } from '../../settings/environment-schema';
import { filesOf } from '../../settings/files/environment-files';
import { imageNameIn, isWithin, placeName, registryOf } from '../../settings/registry/environment-registry';
import { withoutEndpoint } from '../../settings/registry/names';
import type { Settings } from '../../settings/schema';
import { type ImageName, imageNames } from '../../values/files/image-names';
import { openFiles } from '../../values/files/values-files';

type NamedPlaces = Pick<Settings, 'releases' | 'candidates' | 'environments'>;

/** What a comparison depends on. `texts` are the environment's values files by path. */
export interface PulledFrom {
  readonly environment: Environment;
  readonly settings: NamedPlaces;
  readonly texts: ReadonlyMap<string, string>;
}

/** An image with the places of its tag. */
interface PulledImage {
  readonly name: string;
  readonly image: string;
  readonly values: readonly TagPlace[];
}

/** The result of a comparison. */
export interface PulledNames {
  /** Fields that name another registry of the settings: the cluster pulls what this environment's releases do not bring there. */
  readonly problems: readonly Problem[];
  /** Sentences about registries that the settings do not know: a cache of the right one, or a mistake. */
  readonly warnings: readonly string[];
  /** Services of whose images the files name the right registry, and those of which they name none. */
  readonly right: readonly string[];
  readonly unseen: readonly string[];
}

/** Compares all services. Throws `ValuesFile` for files that cannot be read. */
export function judgePulledNames(services: readonly PulledImage[], from: PulledFrom): PulledNames {
  const files = openFiles(filesOf(from.environment).values, from.texts);
  const judged = services.map((service) => {
    const tags = service.values.map((place) => imageNames(place, files)).filter((names) => names.length > 0);
    const wrong = tags.flatMap((names) => wrongName(names, service.image, from) ?? []);
    return { service, isSeen: tags.length > 0, wrong };
  });
  const wrong = judged.flatMap(({ service, wrong: found }) => found.map((each) => ({ service, ...each })));
  const unknown = wrong.filter(({ owner }) => owner === undefined);
  const known = wrong.flatMap((each) => (each.owner === undefined ? [] : [{ ...each, owner: each.owner }]));
  const names = (found: typeof judged) => found.map(({ service }) => service.name);
  return {
    problems: onceEach(known.map((each) => problemOf(each, from))),
    warnings: warningsOf(unknown, from),
    right: names(judged.filter(({ isSeen, wrong: found }) => isSeen && found.length === 0)),
    unseen: names(judged.filter(({ isSeen }) => !isSeen)),
  };
}

/**
 * Returns the plan, with warnings about registries that the settings do not know. Throws `InvalidInput` with every field that names another
 * registry of the settings. A rollback is never refused, because it also fills a registry before values files name it.
 */
export function checkPulledNames(plan: Plan, from: PulledFrom): Plan {
  const moved = plan.services.filter(({ action }) => action !== 'keep');
  const { problems, warnings } = judgePulledNames(moved, from);
  const isRefused = plan.action !== 'rollback';
  if (isRefused && problems.length > 0) {
    const { name, registry } = from.environment;
    const hint = `Images that run already come into a new registry by a rollback to their version, before values files name it: npx pipeline start rollback --environment ${name} --version VERSION`;
    const what = `environment ${name} would not pull what this run releases`;
    throw new InvalidInputError(what, problems, registry === undefined ? undefined : hint);
  }
  const all = [...(plan.warnings ?? []), ...problems.map(asSentence), ...warnings];
  return all.length === 0 ? plan : { ...plan, warnings: all };
}

function asSentence({ path, line, message }: Problem): string {
  return `${path} (line ${line}) ${message}`;
}

/** A name that is not that of the environment's image. `owner` is the place of the settings that it is in. */
interface WrongName {
  readonly found: ImageName;
  readonly expected: string;
  readonly owner: string | undefined;
}

/** Of several possible names, one has to be right. */
function wrongName(names: readonly ImageName[], image: string, { environment, settings }: PulledFrom) {
  const expected = imageNameIn(registryOf(environment, settings), image);
  if (names.some((each) => isRight(each, expected))) return undefined;
  const [found] = names;
  return found && { found, expected, owner: ownerOf(found, environment, settings) };
}

function isRight({ name, isWhole }: ImageName, expected: string): boolean {
  const found = withoutEndpoint(name);
  const wanted = withoutEndpoint(expected);
  return found === wanted || (!isWhole && wanted.startsWith(`${found}/`));
}

/** Names the place of the settings that has the name; undefined if none has, or only the right one. */
function ownerOf(found: ImageName, own: Environment, settings: NamedPlaces): string | undefined {
  const { releases, candidates, environments } = settings;
  const others = environments.filter(({ registry }) => registry !== undefined && registry !== own.registry);
  const places = [
    ...(own.registry === undefined ? [] : [{ what: 'the registry of the releases', place: placeName(releases) }]),
    ...others.map((other) => ({
      what: `the registry of environment ${other.name}`,
      place: placeName(registryOf(other, settings)),
    })),
    { what: 'where images are built', place: `${candidates.host}/${candidates.repository}` },
  ].map(({ what, place }) => ({ what, place: withoutEndpoint(place) }));
  const name = withoutEndpoint(found.name);
  const right = withoutEndpoint(placeName(registryOf(own, settings)));
  if (isWithin(name, right)) return undefined;
  const within = places.find(({ place }) => isWithin(name, place));
  const beside =
    hostOf(name) === hostOf(right) ? undefined : places.find(({ place }) => hostOf(name) === hostOf(place));
  return (within ?? beside)?.what;
}

function hostOf(name: string): string {
  return name.split('/')[0] ?? '';
}

interface WrongService extends WrongName {
  readonly service: PulledImage;
}

function problemOf(
  { service, found, expected, owner }: WrongService & { readonly owner: string },
  { environment, settings }: PulledFrom,
): Problem {
  const place = placeName(registryOf(environment, settings));
  const whose = environment.registry === undefined ? 'where the releases are' : 'its own registry';
  const message = `is '${found.value.slice(0, 120)}', ${owner}, and environment ${environment.name} pulls ${service.name} from ${place}, ${whose}; ${cureOf(found, expected)}`;
  return { path: `${found.file}: ${found.path}`, line: found.line, message };
}

/** The text to write, in the form that the field has. */
function cureOf({ name, value, isWhole }: ImageName, expected: string): string {
  if (value.startsWith(name))
    return `write ${isWhole ? expected : expected.split('/', name.split('/').length).join('/')}${value.slice(name.length)}`;
  const rest = name.slice(value.length);
  const before = expected.endsWith(rest) ? expected.slice(0, -rest.length) : '';
  return before === '' ? `write registry and repository that give ${expected}` : `write ${before}`;
}

/** Several services can have one field for their registry. */
function onceEach(problems: readonly Problem[]): readonly Problem[] {
  return problems.filter(({ path }, index) => problems.findIndex((other) => other.path === path) === index);
}

/** Fields that a warning lists. */
const MAX_FIELDS = 3;

/** A registry on this machine stands in for a real one, which the values files name. */
const ON_THIS_MACHINE = /^(localhost|127\.\d+\.\d+\.\d+)(:|$)/;

function warningsOf(wrong: readonly WrongService[], { environment, settings }: PulledFrom): readonly string[] {
  if (ON_THIS_MACHINE.test(registryOf(environment, settings).host)) return [];
  const place = placeName(registryOf(environment, settings));
  return [...new Set(wrong.map(({ found }) => hostOf(found.name)))].map((host) => {
    const all = wrong.filter(({ found }) => hostOf(found.name) === host);
    const fields = [...new Set(all.map(({ found }) => `${found.file}: ${found.path} (line ${found.line})`))];
    const rest = fields.length - MAX_FIELDS;
    const listed = [...fields.slice(0, MAX_FIELDS), ...(rest > 0 ? [`${rest} more`] : [])].join(', ');
    const [first] = all;
    return `values files name images on ${host} that are not those of environment ${environment.name}, such as ${first?.found.name} for ${first?.expected}, in ${listed}; right for a cache of ${place}, otherwise correct them`;
  });
}
