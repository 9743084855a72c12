/** Writes a new catalog as YAML, short forms where they say enough. */
import { plainOrQuoted } from '../values/tag-text';
import type { Module } from './catalog';
import type { LeftOut } from './init-catalog-find';

/** A service as `catalog init` found it. Paths as in `Service`. */
export interface NewService {
  readonly name: string;
  readonly image: string;
  readonly path: string;
  readonly dockerfile: string;
  readonly context: string;
  readonly dependencies: readonly string[];
  readonly remark: string | undefined;
}

const HEADER = `# The services of this repository, found by their Dockerfiles. Look at the remarks, then commit this as pipeline.yaml.
# A service has the tag <name>.image.tag in the values file; give another path with \`values\`.
# Worth adding: stages, minutes (how long a build takes), priority.`;

/** The catalog's text. Equal arguments give equal text. */
export function catalogText(
  services: readonly NewService[],
  modules: readonly Module[],
  leftOut: readonly LeftOut[],
): string {
  return [
    HEADER,
    '',
    'platform: v0.1.0 # the version under development',
    ...(modules.length === 0 ? [] : ['', '# Folders that several services copy from.', 'modules:']),
    ...modules.map(({ name, path }) => `  ${plainOrQuoted(name)}: ${plainOrQuoted(path)}`),
    '',
    'services:',
    ...services.map(serviceLine),
    ...(leftOut.length === 0 ? [] : ['', '# Not taken for services:']),
    ...leftOut.map(({ path, why }) => `#   ${comment(path)} (${why})`),
    '',
  ].join('\n');
}

function serviceLine({ name, image, path, dockerfile, context, dependencies, remark }: NewService): string {
  const isUsual = dockerfile === (path === '' ? 'Dockerfile' : `${path}/Dockerfile`);
  const keys = [
    path === name ? [] : [`path: ${path === '' ? '.' : plainOrQuoted(path)}`],
    isUsual ? [] : [`dockerfile: ${plainOrQuoted(dockerfile)}`],
    context === '' ? [] : [`context: ${context === path ? 'service' : plainOrQuoted(context)}`],
    image === name ? [] : [`image: ${plainOrQuoted(image)}`],
    dependencies.length === 0 ? [] : [`dependencies: [${dependencies.map(plainOrQuoted).join(', ')}]`],
  ].flat();
  const isPathOnly = keys.length === 1 && path !== name && isUsual && path !== '';
  const value = keys.length === 0 ? '' : isPathOnly ? ` ${plainOrQuoted(path)}` : ` { ${keys.join(', ')} }`;
  return `  ${plainOrQuoted(name)}:${value}${remark === undefined ? '' : ` # ${comment(remark)}`}`;
}

/** Text that cannot end its comment. */
function comment(text: string): string {
  return text.replace(/[^\P{C}]|[\u2028\u2029]/gu, '?');
}
