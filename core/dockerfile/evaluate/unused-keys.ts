/** Keys of a service that its Dockerfile does not use: BuildKit ignores them without a word. */
import type { Service } from '../../catalog/model';
import { closest } from '../../text/closest';
import type { Dockerfile, Instruction } from '../instruction';
import { fromNames, repositoryOf } from './stages';

/** Arguments that every build has, or that change no file. */
export const GIVEN_ARGUMENT =
  /^(BUILD|TARGET)(PLATFORM|OS|OSVERSION|ARCH|VARIANT|STAGE)$|_PROXY$|^SOURCE_DATE_EPOCH$|^BUILDKIT_/i;

/** A key such as `contexts.shared`, and why it has no effect. */
export interface UnusedKey {
  readonly key: string;
  readonly text: string;
}

/**
 * Returns the further contexts and build arguments that no stage uses, whether it is built or not: targets of one Dockerfile may share them.
 * `triggered` are the instructions of the stages that are built, with those of `ONBUILD` in base images. A base whose name is known only in the
 * build may be any context, so that none is unused.
 */
export function findUnusedKeys(
  { contexts = {}, buildArgs }: Pick<Service, 'contexts' | 'buildArgs'>,
  { stages, globalArgs }: Dockerfile,
  triggered: readonly Instruction[],
): readonly UnusedKey[] {
  const given = { contexts: Object.keys(contexts), buildArgs: Object.keys(buildArgs) };
  if (given.contexts.length + given.buildArgs.length === 0) return [];
  const all = [...globalArgs, ...stages.flatMap(({ instructions }) => instructions), ...triggered].flatMap(
    withTriggers,
  );
  const values = new Map(globalArgs.flatMap(({ args: each }) => each.map(({ name, value }) => [name, value] as const)));
  for (const [name, value] of Object.entries(buildArgs)) values.set(name, value);
  const named = [...stages.map(({ base }) => expanded(base, values)), ...all.flatMap(fromNames)];
  const own = new Set(stages.flatMap(({ name }) => name ?? []));
  const images = named.filter((name) => !own.has(name) && !/^\d+$/.test(name)).map(contextOf);
  const args = all.flatMap((each) => (each.kind === 'arg' ? each.args.map(({ name }) => name) : []));
  const isUnsure = named.some((name) => name.includes('$'));
  return [
    ...unused('contexts', isUnsure ? [] : given.contexts, images, 'no FROM, COPY --from or RUN --mount names it'),
    ...unused(
      'buildArgs',
      given.buildArgs.filter((name) => !GIVEN_ARGUMENT.test(name)),
      args,
      'no ARG declares it',
    ),
  ];
}

function unused(
  section: 'contexts' | 'buildArgs',
  given: readonly string[],
  used: readonly string[],
  why: string,
): readonly UnusedKey[] {
  const free = [...new Set(used)].filter((name) => !given.includes(name));
  return given
    .filter((name) => !used.includes(name))
    .map((name) => {
      const near = closest(name, free);
      const cure = near === undefined ? 'remove it, or use it' : `did you mean '${near}'?`;
      return { key: `${section}.${name}`, text: `has no effect: ${why}; ${cure}` };
    });
}

/** Returns a name with the variables replaced whose values are written out. */
function expanded(name: string, values: ReadonlyMap<string, string | undefined>): string {
  return name.replace(/\$(?:(\w+)|\{(\w+)\})/g, (all, plain, braced) => values.get(plain ?? braced) ?? all);
}

/** BuildKit knows a context by its short name, too, where a Dockerfile writes that of an image of Docker Hub. */
function contextOf(name: string): string {
  return repositoryOf(name).replace(/^(?:(?:index\.)?docker\.io\/)?(?:library\/)?/, '');
}

function withTriggers(instruction: Instruction): readonly Instruction[] {
  if (instruction.kind !== 'onbuild') return [instruction];
  const { instruction: inner } = instruction.trigger;
  return inner === undefined ? [] : [inner];
}
