/** Mistakes that unit tests miss, planted into the deployed template. Each must make a scene fail. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { World } from './world';

interface PlantedTemplate {
  readonly Resources: Record<string, { readonly Type: string; readonly Properties: Record<string, unknown> }>;
}

export interface Mistake {
  readonly name: string;
  /** The scene that must fail, and a pattern of its error message. */
  readonly scene: 'push' | 'release';
  readonly message: RegExp;
  /** Returns the template with the mistake. */
  plant(template: string): string;
}

/** Replaces the first occurrence. Throws if there is none, because the mistake would not be planted. */
function replace(template: string, right: string | RegExp, wrong: string): string {
  const planted = template.replace(right, wrong);
  if (planted === template) throw new Error(`the template has no ${right}, so that the mistake cannot be planted`);
  return planted;
}

/** Changes the resource whose logical id starts with `id`. */
function changeResource(template: string, id: string, edit: (text: string) => string): string {
  const parsed = JSON.parse(template) as PlantedTemplate;
  const name = Object.keys(parsed.Resources).find((logicalId) => logicalId.startsWith(id));
  if (name === undefined) throw new Error(`the template has no resource ${id}, so that the mistake cannot be planted`);
  const { [name]: resource } = parsed.Resources;
  return JSON.stringify({
    ...parsed,
    Resources: { ...parsed.Resources, [name]: JSON.parse(edit(JSON.stringify(resource))) },
  });
}

export const MISTAKES: readonly Mistake[] = [
  {
    name: "a policy's action",
    scene: 'release',
    message: /PutImage|403|AccessDenied/,
    plant: (template) =>
      changeResource(template, 'ReleaseRoleDefaultPolicy', (text) => replace(text, 'ecr:PutImage', 'ecr:PutImages')),
  },
  {
    name: 'an ARN',
    scene: 'release',
    message: /AccessDenied|not authorized/,
    plant: (template) =>
      changeResource(template, 'CommitRoleDefaultPolicy', (text) =>
        replace(text, '/runs/*/release.json', '/run/*/release.json'),
      ),
  },
  {
    name: "a bundle's handler name",
    scene: 'release',
    message: /handler/i,
    plant: (template) =>
      changeResource(template, 'PlanFunction', (text) => replace(text, 'handler.handler', 'handler.handle')),
  },
  {
    name: 'an environment variable',
    scene: 'release',
    message: /CLAIMS_TABLE/,
    plant: (template) =>
      changeResource(template, 'ReleaseFunction', (text) => replace(text, '"CLAIMS_TABLE"', '"CLAIM_TABLE"')),
  },
  {
    name: 'the webhook route',
    scene: 'push',
    message: /404/,
    plant: (template) => replace(template, '"POST /webhook"', '"POST /webhooks"'),
  },
  {
    name: 'a JSONPath',
    scene: 'release',
    message: /\$\.inputs/,
    // The definition is a string in the template, with escaped quotes.
    plant: (template) => replace(template, /\$\.input(?=\\")/, '$.inputs'),
  },
];

/** Deploys the stack with the mistake. */
export async function deployWith(world: World, mistake: Mistake): Promise<void> {
  await deployTemplateOf(world, world.stack.assembly, (template) => mistake.plant(template));
}

/** Changes the template of an assembly, and deploys it with `aws cloudformation deploy`. Throws `SceneFailure` if that fails. */
export async function deployTemplateOf(
  world: World,
  assembly: string,
  change: (template: string) => string,
): Promise<void> {
  const template = await readFile(join(assembly, `${world.stack.name}.template.json`), 'utf8');
  const file = join(world.folder, 'changed.template.json');
  await writeFile(file, change(template));
  const { Buckets } = await world.aws<{ Buckets: { Name: string }[] }>('s3api', 'list-buckets');
  const assets = Buckets.find(({ Name }) => Name.startsWith('cdk-'))?.Name ?? '';
  const options = ['--template-file', file, '--s3-bucket', assets, '--capabilities', 'CAPABILITY_IAM'];
  await world.deployTemplate('--stack-name', world.stack.name, '--no-fail-on-empty-changeset', ...options);
}
