// Prints the part of a published API description (OpenAPI 3 or Swagger 2) that a few operations need, without prose:
//   node test/support/api-descriptions/excerpt.mjs SOURCE.json 'GET /path/{id}' 'POST /path=schema' OTHER.json 'GET /else' > OUT.json
// `=schema` names the schema of a body that the description leaves out, and `+field` a field that only its prose has. All parts of `allOf` are
// merged into one schema.
import { readFileSync } from 'node:fs';

/** The description that the operations after its name are from. */
let source;
let schemas;
function read(file) {
  source = JSON.parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''));
  schemas = source.components?.schemas ?? source.definitions;
}

const PROSE = [
  'description',
  'example',
  'examples',
  'xml',
  'title',
  'x-ms-enum',
  'externalDocs',
  'discriminator',
  'default',
];
const found = {};

const nameOf = (ref) => ref.split('/').at(-1);
const resolve = (schema) => (schema.$ref === undefined ? schema : resolve(schemas[nameOf(schema.$ref)]));

/** Returns one schema for all parts: their fields, and everything else that is the same in all. */
function merge(schema) {
  const { allOf = [], ...own } = resolve(schema);
  if (allOf.length === 0) return own;
  const parts = [...allOf.map(merge), own];
  const properties = Object.assign({}, ...parts.map((part) => part.properties));
  const required = [...new Set(parts.flatMap((part) => part.required ?? []))];
  const { additionalProperties: _, ...rest } = Object.assign({}, ...parts);
  return Object.keys(properties).length === 0 ? rest : { ...rest, type: 'object', properties, required };
}

/** Returns the schema with references to `components/schemas`, which are collected. */
function take(schema) {
  if (Array.isArray(schema)) return schema.map(take);
  if (typeof schema !== 'object' || schema === null) return schema;
  if (typeof schema.$ref === 'string') {
    const name = nameOf(schema.$ref);
    if (!(name in found)) {
      found[name] = {};
      found[name] = take(merge(schemas[name]));
    }
    return { $ref: `#/components/schemas/${name}` };
  }
  const whole = schema.allOf === undefined ? schema : merge(schema);
  const entries = Object.entries(whole).filter(([key]) => !PROSE.includes(key));
  const kept = entries.filter(
    ([key]) => !key.startsWith('x-') && !(key === 'additionalProperties' && whole.properties),
  );
  // A schema without a type is only the common part of several.
  const closed = whole.properties === undefined || whole.type !== 'object' ? [] : [['additionalProperties', false]];
  return Object.fromEntries(
    [...kept, ...closed].map(([key, value]) => [
      key,
      key === 'properties'
        ? Object.fromEntries(Object.entries(value).map(([name, each]) => [name, take(each)]))
        : take(value),
    ]),
  );
}

const contentOf = (schema) =>
  schema === undefined ? {} : { content: { 'application/json': { schema: take(schema) } } };
function withField(schema, name) {
  const { properties, ...rest } = merge(schema);
  return { ...rest, properties: { ...properties, [name]: { type: 'string' } } };
}
/** Azure DevOps sends a list as an object with its length, which its descriptions leave out. */
const replyOf = (schema) =>
  schema?.type === 'array' && source.host === 'dev.azure.com'
    ? { type: 'object', properties: { count: { type: 'integer' }, value: schema } }
    : schema;
const schemaIn = (part) => part?.schema ?? part?.content?.['application/json']?.schema;
const parameterOf = (given) =>
  given.$ref === undefined ? given : (source.components?.parameters ?? source.parameters)[nameOf(given.$ref)];

const paths = {};
for (const each of process.argv.slice(2)) {
  if (each.endsWith('.json')) {
    read(each);
    continue;
  }
  const [, method, path, named, added] = /^(\w+) ([^=+]+)(?:=(\w+))?(?:\+(\w+))?$/.exec(each);
  const item = source.paths[path] ?? source['x-ms-paths']?.[path];
  const operation = item?.[method.toLowerCase()];
  if (operation === undefined) throw new Error(`there is no ${each}`);
  const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])].map(parameterOf);
  const given = parameters.find((parameter) => parameter.in === 'body') ?? operation.requestBody;
  const body = named === undefined ? schemaIn(given) : { $ref: `#/components/schemas/${named}` };
  paths[path] ??= {};
  paths[path][method.toLowerCase()] = {
    parameters: parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => ({ name, in: 'query' })),
    ...(body === undefined ? {} : { requestBody: contentOf(added === undefined ? body : withField(body, added)) }),
    responses: Object.fromEntries(
      Object.entries(operation.responses).map(([status, reply]) => [status, contentOf(replyOf(schemaIn(reply)))]),
    ),
  };
}
/** One line for each operation and schema, so that a newer description can be compared. */
const lines = (entries) =>
  Object.entries(entries)
    .map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`)
    .join(',\n');
process.stdout.write(
  `{"paths": {\n${lines(paths)}\n},\n"components": {"parameters": {}, "schemas": {\n${lines(found)}\n}}}\n`,
);
