/** Runs the subset of GraphQL that the adapter sends: aliases, variables and inline fragments. */
import { Kind, type OperationDefinitionNode, type SelectionSetNode } from 'graphql/language/index';
import { parse } from 'graphql/language/parser';
import { valueFromASTUntyped } from 'graphql/utilities/valueFromASTUntyped';

/** A field's value: data, or a function of the field's arguments. */
export type Resolver = Readonly<Record<string, unknown>>;

type Variables = Readonly<Record<string, unknown>>;

function operationOf(query: string): OperationDefinitionNode {
  const [operation] = parse(query, { noLocation: true }).definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('GraphQL: no operation');
  return operation;
}

/** Returns the name after `query` or `mutation`. */
export function operationName(query: string): string {
  return operationOf(query).name?.value ?? '?';
}

/** Executes the operation on `root`. Throws for unknown syntax, and for fields and variables that are missing. */
export function execute(query: string, variables: Variables, root: Resolver): unknown {
  const { selectionSet, variableDefinitions = [] } = operationOf(query);
  const missing = variableDefinitions.map(({ variable }) => variable.name.value).find((name) => !(name in variables));
  if (missing !== undefined) throw new Error(`GraphQL: variable $${missing} is not given`);
  return select(root, selectionSet, variables);
}

function select(source: unknown, selected: SelectionSetNode, variables: Variables): unknown {
  if (source === null || source === undefined) return null;
  if (Array.isArray(source)) return source.map((each) => select(each, selected, variables));
  const object = source as Resolver;
  const result: Record<string, unknown> = {};
  for (const node of selected.selections) {
    if (node.kind === Kind.FRAGMENT_SPREAD) throw new Error(`GraphQL: fragment ${node.name.value} is not supported`);
    if (node.kind === Kind.INLINE_FRAGMENT) {
      const isOfType = object.__typename === node.typeCondition?.name.value;
      if (isOfType) Object.assign(result, select(object, node.selectionSet, variables));
      continue;
    }
    const field = node.name.value;
    if (!(field in object))
      throw new Error(`GraphQL: no field ${field} on ${String(object.__typename ?? 'this type')}`);
    const args = (node.arguments ?? []).map(({ name, value }) => [name.value, valueFromASTUntyped(value, variables)]);
    const found = object[field];
    const value = typeof found === 'function' ? found(Object.fromEntries(args)) : found;
    const below = node.selectionSet;
    result[node.alias?.value ?? field] = below === undefined ? (value ?? null) : select(value, below, variables);
  }
  return result;
}
