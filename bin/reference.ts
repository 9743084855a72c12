/** The JSON Schemas of catalog and settings, and the reference page of their keys: made of the zod schemas and the comments beside them. */
import * as z from 'zod';
import { CatalogFile } from '../core/catalog/schema';
import { shortFormOf } from '../core/catalog/short-form';
import { SettingsSchema } from '../core/settings/schema';
import { type KeyText, readComments } from './schema-comments';

/** A JSON Schema, as far as it is read here. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly required?: readonly string[];
}

/** A file that people write. */
interface Kind {
  readonly name: 'catalog' | 'settings';
  readonly title: string;
  readonly schema: z.ZodType;
  /** The source, whose comments describe the keys, and the constant that it begins with. */
  readonly source: string;
  readonly start: string;
}

export const KINDS: readonly Kind[] = [
  {
    name: 'catalog',
    title: 'The catalog (pipeline.yaml): the services of a monorepo',
    schema: CatalogFile,
    source: 'core/catalog/schema.ts',
    start: 'CatalogFile',
  },
  {
    name: 'settings',
    title: 'The settings (pipeline.settings.json) of a deployment',
    schema: SettingsSchema,
    source: 'core/settings/schema.ts',
    start: 'SettingsSchema',
  },
];

/** Returns the JSON Schema with the description of each key. */
export function jsonSchema({ title, schema, ...kind }: Kind): JsonSchema {
  const options = { io: 'input', unrepresentable: 'any' } as const;
  const made = z.toJSONSchema(schema, {
    ...options,
    override: ({ zodSchema, jsonSchema: json }) => {
      const short = shortFormOf(zodSchema);
      if (short === undefined) return;
      const { $schema: _, ...shortJson } = z.toJSONSchema(short, options);
      const long = { ...json };
      for (const key of Object.keys(json)) delete json[key];
      json.anyOf = [long, shortJson];
    },
  }) as JsonSchema;
  return { $schema: made.$schema, title, ...described(made, '', readComments(kind.source, kind.start)) };
}

/** Adds descriptions and examples to all keys. Lists, maps of names and alternatives do not count in a key's path. */
function described(json: JsonSchema, path: string, texts: ReadonlyMap<string, KeyText>): JsonSchema {
  const inner = (each: JsonSchema) => described(each, path, texts);
  const result: Record<string, unknown> = { ...json };
  if (json.properties !== undefined) {
    result.properties = Object.fromEntries(
      Object.entries(json.properties).map(([key, value]) => {
        const at = path === '' ? key : `${path}.${key}`;
        const { description, example } = texts.get(at) ?? {};
        const text = {
          ...(description === undefined ? {} : { description }),
          ...(example === undefined ? {} : { examples: [example] }),
        };
        return [key, { ...text, ...described(value, at, texts) }];
      }),
    );
  }
  if (typeof json.additionalProperties === 'object') result.additionalProperties = inner(json.additionalProperties);
  if (json.items !== undefined) result.items = inner(json.items);
  for (const name of ['anyOf', 'oneOf'] as const) if (json[name] !== undefined) result[name] = json[name].map(inner);
  return result;
}

/** One row of the reference page. */
export interface Row {
  readonly key: string;
  readonly schema: JsonSchema;
  readonly isRequired: boolean;
}

/** Returns every key of a schema, in the order of the file. A name that people choose is `<name>`, an item of a list `[]`. */
export function rowsOf(json: JsonSchema, path = ''): readonly Row[] {
  const rows = [
    ...Object.entries(json.properties ?? {}).flatMap(([name, schema]) => {
      const key = path === '' ? name : `${path}.${name}`;
      return [{ key, schema, isRequired: json.required?.includes(name) === true }, ...rowsOf(schema, key)];
    }),
    ...(typeof json.additionalProperties === 'object' ? rowsOf(json.additionalProperties, `${path}.<name>`) : []),
    ...(json.items === undefined ? [] : rowsOf(json.items, `${path}[]`)),
    ...[...(json.anyOf ?? []), ...(json.oneOf ?? [])].flatMap((each) => rowsOf(each, path)),
  ];
  const same = (key: string) => rows.filter((row) => row.key === key).map(({ schema }) => schema);
  const firsts = rows.filter(({ key }, index) => rows.findIndex((row) => row.key === key) === index);
  return firsts.map((row) => ({ ...row, schema: merged(same(row.key)) }));
}

/** Alternatives may have the same key with different values, such as `host`. */
function merged([first = {}, ...others]: readonly JsonSchema[]): JsonSchema {
  const different = others.filter((each) => typeOf(each) !== typeOf(first));
  if (different.length === 0) return first;
  const { description, examples = [exampleOf(first)] } = first;
  return { description, examples, anyOf: [first, ...different] };
}

/** Returns an example of a key: the comment's, otherwise one that the schema implies. */
export function exampleOf(json: JsonSchema): unknown {
  const [example] = (json.examples ?? []) as readonly unknown[];
  if (example !== undefined) return example;
  if (json.const !== undefined) return json.const;
  if (json.type === 'boolean') return json.default !== true;
  if (json.default !== undefined && !['[]', '{}', '""'].includes(JSON.stringify(json.default))) return json.default;
  if (Array.isArray(json.enum)) return json.enum[0];
  if (json.type === 'integer' || json.type === 'number') return Math.max(Number(json.minimum ?? 1), 1);
  const [first] = [...(json.anyOf ?? []), ...(json.oneOf ?? [])];
  return first === undefined ? undefined : exampleOf(first);
}

/** Returns what the page says about a key: its default, and its meaning without the sentence about the default. */
export function textsOf({ schema, isRequired }: Row): { readonly byDefault: string; readonly meaning: string } {
  const description = String(schema.description ?? '');
  const [sentence, named] = /\s*Default: (.+?)\.(?=\s|$)/.exec(description) ?? [];
  const meaning = sentence === undefined ? description : description.replace(sentence, '').trim();
  const [long] = schema.anyOf ?? [];
  const value = schema.default ?? long?.default;
  if (isRequired) return { byDefault: 'required', meaning };
  return { byDefault: value === undefined ? (named ?? '') : shown(value), meaning };
}

/** Returns the page in Markdown. */
export function referencePage(): string {
  const sections = KINDS.map((kind) => {
    const rows = rowsOf(jsonSchema(kind)).map((row) => {
      const { byDefault, meaning } = textsOf(row);
      const cells = [code(row.key), typeOf(row.schema), byDefault, meaning, shown(exampleOf(row.schema))];
      return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
    });
    return [
      `## ${kind.title}`,
      '',
      ABOUT[kind.name],
      '',
      '| key | type | default | meaning | example |',
      '|---|---|---|---|---|',
      ...rows,
    ].join('\n');
  });
  return `${[INTRODUCTION, ...sections].join('\n\n')}\n`;
}

const INTRODUCTION = `# Reference

Every key of the two files that people write. \`npm run docs\` makes this page and the JSON Schemas in \`schemas\`; do not edit it. Both files may name
their schema as \`$schema\`, so that an editor completes keys and marks mistakes.`;

const ABOUT = {
  catalog: `Written as YAML. For an editor: \`# yaml-language-server: $schema=https://unpkg.com/monorepo-image-pipeline/schemas/catalog.schema.json\`.
\`<name>\` stands for a name that you choose. A service or module may be its path alone, or nothing if its name is its path.`,
  settings: `Written as JSON. For an editor: \`"$schema": "./node_modules/monorepo-image-pipeline/schemas/settings.schema.json"\`.`,
} as const;

function typeOf(json: JsonSchema): string {
  const options = [...(json.anyOf ?? []), ...(json.oneOf ?? [])];
  if (options.length > 0) return [...new Set(options.map(typeOf))].join(' or ');
  if (json.const !== undefined) return shown(json.const);
  if (Array.isArray(json.enum)) return json.enum.map(shown).join(' ');
  if (json.items !== undefined) return `list of ${typeOf(json.items)}`;
  const words: Readonly<Record<string, string>> = {
    object: 'map',
    string: 'text',
    integer: 'whole number',
    boolean: 'true or false',
    null: 'nothing',
  };
  return words[String(json.type)] ?? String(json.type ?? '');
}

function shown(value: unknown): string {
  return value === undefined ? '' : code(JSON.stringify(value));
}

function code(text: string): string {
  return `\`${text}\``;
}
