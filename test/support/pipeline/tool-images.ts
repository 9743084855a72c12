/** `catalog init` on a tree, and the plan of what it wrote, for tests of images without a Dockerfile. */
import { discoverInputs } from '../../../core/input-digest/discover-inputs';
import { indexTree } from '../../../core/input-digest/tree-index';
import { type Files, textsOf, treeOf } from '../docker/docker-context';
import { init } from './init-catalog';

export const JIB = '<build><plugins><plugin><artifactId>jib-maven-plugin</artifactId></plugin></plugins></build>';

export const GRADLE = "plugins { id 'com.google.cloud.tools.jib' version '3.4.5' }\n";

export const MAIN = 'package main\nfunc main() {}\n';

/** Returns a `pom.xml`. */
export const POM = (more: string) => `<project><artifactId>shop</artifactId>${more}</project>`;

/** The services that are made of `files`, as they are planned: the tool or command, its folder, and the paths that count. */
export function made(files: Files) {
  const { catalog, text } = init(files);
  const tree = indexTree(treeOf(files));
  const { inputs, problems } = discoverInputs({ catalog, tree, texts: textsOf(files), recipeVersion: '1' });
  expect(problems).toEqual([]);
  return catalog.services.map(({ name, image, path, build }) => ({
    name,
    image,
    path,
    tool: build?.command[4] ?? build?.command.join(' '),
    args: build?.command.slice(8),
    reads: inputs.get(name)?.files.map((file) => file.path),
    text,
  }));
}
