/** GitHub's published API descriptions, to check calls of the adapter and replies of the fake. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildSchema,
  executeSync,
  type GraphQLSchema,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
  parse,
  validate,
} from 'graphql';
import { type Description, describeApi } from '../api-descriptions/rest-description';

const PACKAGES = join(__dirname, '../../../node_modules/@octokit');

type Json = Readonly<Record<string, unknown>>;

/** Checks REST calls: path, method, query and the full request body, and replies. */
export function describeRest(): Description {
  return describeApi(JSON.parse(readFileSync(join(PACKAGES, 'openapi/generated/api.github.com.json'), 'utf8')));
}

/** Checks GraphQL calls: the query against the schema, its variables, and the types in the reply. */
export function describeGraphql(): Description {
  const text = readFileSync(join(PACKAGES, 'graphql-schema/schema.graphql'), 'utf8');
  const schema = buildSchema(text, { assumeValidSDL: true });
  return {
    problems: ({ body, reply }) => {
      const { query, variables } = JSON.parse(body);
      const document = parse(query);
      const operation = document.definitions.find((each) => each.kind === Kind.OPERATION_DEFINITION);
      if (operation === undefined) return ['no operation'];
      const given = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
      const found = [...validate(schema, document), ...(given.errors ?? [])].map(({ message }) => message);
      const { data } = JSON.parse(reply);
      return data === null ? found : [...found, ...replyProblems(schema, operation, variables, data)];
    },
  };
}

/** Executes the query with the reply as its data. The result must equal the reply, without errors. */
function replyProblems(schema: GraphQLSchema, operation: OperationDefinitionNode, variableValues: Json, data: Json) {
  const { errors = [], data: served } = executeSync({
    schema,
    document: { kind: Kind.DOCUMENT, definitions: [operation] },
    rootValue: data,
    variableValues,
    fieldResolver: (source, _args, _context, { path }) => source[path.key],
    // A query without a type name reads commits only.
    typeResolver: (value) => (value as { __typename?: string }).__typename ?? 'Commit',
  });
  const isSame = JSON.stringify(served) === JSON.stringify(data);
  return [...errors.map(({ message }) => message), ...(isSame ? [] : ['the reply has more than what was asked for'])];
}
