/** The rule of images that are made without a Dockerfile: they have no key that only a Dockerfile gives a meaning. */
import { IMAGE_COMMAND_ENV, JOB_ENV, PROJECT_ENV } from '../../contract/job-environment';
import { bakeTarget } from '../grammar';
import type { CatalogIssue } from '../issue';
import type { CatalogFile, ServiceEntry } from '../schema';

/** The keys of a Dockerfile, and what to do instead. */
const DOCKERFILE_KEYS = {
  dockerfile: 'remove it, or remove `build`',
  context: 'name the files in `inputs`',
  contexts: 'name the files in `inputs`',
  target: 'name it in the command',
  test: 'let the command run the tests before it pushes; a command that fails is a failed build',
  buildArgs: 'set variables in `build.env`',
} as const satisfies Partial<Record<keyof ServiceEntry, string>>;

/** Names of variables that a job has already. */
const RESERVED: ReadonlySet<string> = new Set(
  [IMAGE_COMMAND_ENV, JOB_ENV, PROJECT_ENV].flatMap((names): string[] => Object.values(names)),
);

/** Finds `inputs` without a `build`, keys that do not fit a `build`, and variables with names of the contract. */
export function buildsFit({ services }: CatalogFile): readonly CatalogIssue[] {
  return Object.entries(services).flatMap(([name, entry]) =>
    problemsOf(name, entry).map(({ path, message }) => ({ path: ['services', name, ...path], message })),
  );
}

function problemsOf(name: string, entry: ServiceEntry): readonly CatalogIssue[] {
  const { build, inputs, bases } = entry;
  if (build === undefined) {
    const message = 'belongs to services with a `build`; a Dockerfile names its inputs itself';
    return inputs === undefined ? [] : [{ path: ['inputs'], message }];
  }
  const unfit = (Object.keys(DOCKERFILE_KEYS) as (keyof typeof DOCKERFILE_KEYS)[]).filter((key) => isGiven(entry[key]));
  const message = 'is `follow`, but the base images of a command are not known; write `{ maxAge: 30d }`';
  return [
    ...unfit.map((key) => ({
      path: [key],
      message: `belongs to services with a Dockerfile, and this one has a \`build\`; ${DOCKERFILE_KEYS[key]}`,
    })),
    ...toolIssues(build),
    ...bakeNameIssues(name, build),
    ...(bases === 'follow' ? [{ path: ['bases'], message }] : []),
    ...Object.keys(build.env)
      .filter((variable) => RESERVED.has(variable))
      .map((variable) => ({ path: ['build', 'env', variable], message: 'is set by the job; choose another name' })),
  ];
}

/** Finds keys that belong to tools, or to one of them. */
function toolIssues({ tool, args, target, install }: NonNullable<ServiceEntry['build']>): readonly CatalogIssue[] {
  const given = { args: args.length > 0 ? args : undefined, target, install };
  return (['args', 'target', 'install'] as const).flatMap((key) => {
    const wanted = key === 'target' ? tool === 'bake' : tool !== undefined;
    if (given[key] === undefined || wanted) return [];
    const message = `belongs to ${key === 'target' ? '`tool: bake`' : 'a `tool`'}; write it into the command, or remove it`;
    return [{ path: ['build', key], message }];
  });
}

/** The target of a bake file is the name of the service, unless it has another one. */
function bakeNameIssues(name: string, { tool, target }: NonNullable<ServiceEntry['build']>): readonly CatalogIssue[] {
  if (tool !== 'bake' || target !== undefined || bakeTarget.safeParse(name).success) return [];
  const message = `is missing, and the service's name cannot be a target of a bake file; name the target, such as '${name.replace(/[^A-Za-z0-9_-]/g, '-')}'`;
  return [{ path: ['build', 'target'], message }];
}

/** An empty map is the default of `buildArgs` and `contexts`. */
function isGiven(value: unknown): boolean {
  return value !== undefined && JSON.stringify(value) !== '{}';
}
