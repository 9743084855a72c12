/** Published descriptions of REST APIs (OpenAPI), to check calls of an adapter and replies of its fake. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv, { type ValidateFunction } from 'ajv';
import type { Exchange } from '../git-hosts/fake-github';

type Json = Readonly<Record<string, unknown>>;
interface Operation {
  readonly parameters?: readonly { readonly $ref?: string; readonly name?: string; readonly in?: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Json }>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { schema: Json }>> }>>;
}

/** Returns the problems of a call; an empty list if there are none. */
export interface Description {
  problems(exchange: Exchange): readonly string[];
}

/** Returns what differs from the description in the calls, of which there must be some. */
export function differences(description: Description, exchanges: readonly Exchange[]): readonly string[] {
  const found = exchanges.flatMap((each) => description.problems(each));
  return exchanges.length === 0 ? ['no call'] : [...new Set(found)];
}

/** Returns the calls that were accepted. The descriptions leave out most refusals. */
export function accepted(exchanges: readonly Exchange[]): readonly Exchange[] {
  return exchanges.filter(({ status }) => status < 400);
}

/** The parts of a description that are read. */
export interface ApiDescription {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly parameters: Readonly<Record<string, { readonly name?: string; readonly in?: string }>>;
    readonly schemas: Readonly<Record<string, Json>>;
  };
}

/** Reads an excerpt that `excerpt.mjs` made. `general` are parameters that all operations have, such as the number of a page. */
export function readDescription(name: string, general: readonly string[] = []): Description {
  const file = join(__dirname, '../../fixtures/api-descriptions', `${name}.json`);
  return describeApi(JSON.parse(readFileSync(file, 'utf8')), general);
}

/**
 * Checks REST calls: path, method, query and the full request body. A reply may lack fields, but it may not have unknown ones, and each
 * field has the published type.
 */
export function describeApi(description: ApiDescription, general: readonly string[] = []): Description {
  const options = { strict: false, validateFormats: false, allErrors: true } as const;
  const requests = new Ajv(options).addSchema({ components: description.components }, 'api');
  const replies = new Ajv(options).addSchema({ components: partsOf(description.components) }, 'api');
  const { paths } = description;

  function parameterNames({ parameters = [] }: Operation): (string | undefined)[] {
    return parameters.map(({ $ref, ...given }) => {
      const known = description.components.parameters[$ref?.split('/').at(-1) ?? ''] ?? given;
      return known.in === 'query' ? known.name : undefined;
    });
  }

  return {
    problems: ({ method, path, body, status, reply }) => {
      const url = new URL(path, 'http://api');
      const [template, operations] = templateOf(paths, url.pathname) ?? [];
      const operation = operations?.[method.toLowerCase()];
      if (operation === undefined) return [`${method} ${url.pathname}: there is no such operation`];
      const where = `${method} ${template}`;
      const allowed = [...general, ...parameterNames(operation)];
      const unknown = [...url.searchParams.keys()].filter((name) => !allowed.includes(name));
      const response = operation.responses[String(status)];
      return [
        ...unknown.map((name) => `${where}: there is no parameter ${name}`),
        ...bodyProblems(requests, operation.requestBody?.content['application/json']?.schema, body, `${where} asked`),
        ...(response === undefined ? [`${where}: status ${status} is not documented`] : []),
        ...bodyProblems(replies, partsOf(response?.content?.['application/json']?.schema), reply, `${where} ${status}`),
      ];
    },
  };
}

function templateOf<Value>(paths: Readonly<Record<string, Value>>, path: string): readonly [string, Value] | undefined {
  const fits = (template: string) => new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`).test(path);
  const variables = (template: string) => template.split('{').length;
  const found = Object.entries(paths).filter(([template]) => fits(template));
  return found.sort(([one], [other]) => variables(one) - variables(other))[0];
}

function bodyProblems(ajv: Ajv, schema: Json | undefined, text: string, where: string): string[] {
  // Raw contents and tarballs have no schema.
  if (schema === undefined || !/^[[{]/.test(text)) return [];
  const check: ValidateFunction = ajv.compile(absolute(schema));
  if (check(JSON.parse(text))) return [];
  return (check.errors ?? []).map(({ instancePath, message, params }) =>
    [`${where}:`, instancePath, message, JSON.stringify(params)].join(' '),
  );
}

/** Rewrites the references of a schema to the description that the validator knows. */
function absolute(schema: Json): Json {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"api#/components'));
}

/** Returns the schema with all fields optional and unknown ones forbidden, except in combined schemas. */
function partsOf<Schema>(schema: Schema): Schema {
  if (Array.isArray(schema)) return schema.map(partsOf) as Schema;
  if (typeof schema !== 'object' || schema === null) return schema;
  const entries = Object.entries(schema)
    .filter(([key, value]) => !(key === 'required' && Array.isArray(value)) && key !== 'examples')
    // The validator supports `nullable` only with a type. No reply here is null without one.
    .filter(([key]) => key !== 'nullable' || 'type' in schema)
    .map(([key, value]) => [key, ['allOf', 'anyOf', 'oneOf'].includes(key) ? value : partsOf(value)]);
  const isClosed = 'properties' in schema && !('additionalProperties' in schema) && 'type' in schema;
  return { ...Object.fromEntries(entries), ...(isClosed ? { additionalProperties: false } : {}) } as Schema;
}
