/** The inputs of an image that a command makes, and their digest. */
import type { CommandBuild, Service } from '../../catalog/model';
import type { Reason } from '../../contract/plan';
import { countRecipe, type DeclaredModule, declaredSlices, LazyInputs, type RuledSlice } from '../describe-inputs';
import { folderSlice } from '../input-digest';
import type { RecipePart, ServiceInputs } from '../inputs';
import { SUBMODULE } from '../resolve-source';
import { secretRecipe } from '../secrets/secret-mounts';
import type { TreeIndex } from '../tree-index';
import type { Watch } from '../watch';
import { type MatchedInputs, placeOfPattern } from './match-inputs';

interface CommandParts {
  readonly service: Service;
  readonly build: CommandBuild;
  readonly matched: MatchedInputs;
  /** The modules that the service declares, in the order of the catalog. */
  readonly declared: readonly DeclaredModule[];
  readonly tree: TreeIndex;
  readonly recipeVersion: string;
}

/**
 * Returns the inputs. Files count by path, mode and content, and not by the pattern that matches them: another spelling of the same files builds
 * nothing. The command gets no other files, so that the digest cannot miss one.
 */
export function describeCommandInputs(parts: CommandParts): ServiceInputs {
  const { service, build, matched, tree, recipeVersion } = parts;
  const whole = folderSlice(tree, '', 'inputs', { positions: matched.positions, emptyFolders: [], disputed: [] });
  const ruled = matched.patterns.map(
    ({ pattern, positions }): RuledSlice => ({ slice: { ...whole, positions }, rule: `inputs ${pattern}` }),
  );
  const declared = declaredSlices(parts, ruled);
  const slices = [{ slice: whole }, ...declared.slices];
  const doubts = [...declared.missing, ...(slices.some(({ slice }) => slice.hasSubmodule) ? [SUBMODULE] : [])].map(
    (text): Reason => ({ kind: 'doubt', text }),
  );
  return Object.assign(new LazyInputs(tree, [...ruled, ...declared.slices]), {
    service: service.name,
    ...countRecipe(recipeOf(service, build, recipeVersion), slices),
    dockerfileId: '',
    emptyFolders: [],
    images: [],
    bases: [],
    doubts,
    secretMounts: [],
    impurities: [],
    unused: [],
  });
}

function recipeOf(service: Service, { command, env }: CommandBuild, version: string): readonly RecipePart[] {
  return [
    { name: 'command', value: JSON.stringify(command) },
    ...Object.entries(env)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => ({ name: `env:${name}`, value })),
    ...secretRecipe(service),
    ...[...new Set(service.platforms)].sort().map((platform) => ({ name: `platform:${platform}`, value: platform })),
    { name: 'recipe', value: version },
  ];
}

/** Returns the paths whose changes can change these inputs. Links count by what is written in them, so that none is followed. */
export function commandWatch({ inputs, reads }: CommandBuild, declared: readonly DeclaredModule[]): Watch {
  const places = [...reads, ...inputs].filter((pattern) => !pattern.startsWith('!')).map(placeOfPattern);
  return places.includes('') ? 'everything' : [...places, ...declared.map(({ path }) => path)];
}
