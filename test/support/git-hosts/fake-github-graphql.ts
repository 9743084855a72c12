/** Runs the subset of GraphQL that the adapter sends: aliases, variables and inline fragments. */

/** A field's value: data, or a function of the field's arguments. */
export type Resolver = Readonly<Record<string, unknown>>;

interface Selection {
  readonly alias: string;
  readonly field: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly fields: readonly Selection[] | undefined;
  /** Set for `... on Type { }`. */
  readonly type?: string;
}

/** Returns the name after `query` or `mutation`. */
export function operationName(query: string): string {
  return /^\s*(?:query|mutation)\s+(\w+)/.exec(query)?.[1] ?? '?';
}

/** Executes the operation on `root`. Throws for unknown syntax and unknown fields. */
export function execute(query: string, variables: Readonly<Record<string, unknown>>, root: Resolver): unknown {
  const tokens: readonly string[] = query.match(/"(?:[^"\\]|\\.)*"|\.\.\.|[A-Za-z_]\w*|\d+|[^\s,]/g) ?? [];
  let at = 0;

  function next(expected?: string): string {
    const token = tokens[at];
    at += 1;
    if (token === undefined || (expected !== undefined && token !== expected)) {
      throw new Error(`GraphQL: ${expected ?? 'a token'} expected, ${token ?? 'the end'} found`);
    }
    return token;
  }

  function value(): unknown {
    const token = next();
    if (token !== '$') return JSON.parse(token);
    const name = next();
    if (!(name in variables)) throw new Error(`GraphQL: variable $${name} is not given`);
    return variables[name];
  }

  function args(): Record<string, unknown> {
    const found: Record<string, unknown> = {};
    if (tokens[at] !== '(') return found;
    next('(');
    while (tokens[at] !== ')') {
      const name = next();
      next(':');
      found[name] = value();
    }
    next(')');
    return found;
  }

  function selection(): Selection {
    if (tokens[at] === '...') {
      next('...');
      next('on');
      const type = next();
      return { alias: '', field: '', args: {}, type, fields: selections() };
    }
    const alias = next();
    const isAlias = tokens[at] === ':';
    if (isAlias) next(':');
    const field = isAlias ? next() : alias;
    return { alias, field, args: args(), fields: tokens[at] === '{' ? selections() : undefined };
  }

  function selections(): Selection[] {
    next('{');
    const found: Selection[] = [];
    while (tokens[at] !== '}') found.push(selection());
    next('}');
    return found;
  }

  at = tokens.indexOf('{');
  return select(root, selections());
}

function select(source: unknown, fields: readonly Selection[]): unknown {
  if (source === null || source === undefined) return null;
  if (Array.isArray(source)) return source.map((each) => select(each, fields));
  const object = source as Resolver;
  const result: Record<string, unknown> = {};
  for (const { alias, field, args, fields: below, type } of fields) {
    if (type !== undefined) {
      if (object.__typename === type) Object.assign(result, select(object, below ?? []));
      continue;
    }
    if (!(field in object))
      throw new Error(`GraphQL: no field ${field} on ${String(object.__typename ?? 'this type')}`);
    const found = object[field];
    const value = typeof found === 'function' ? found(args) : found;
    result[alias] = below === undefined ? (value ?? null) : select(value, below);
  }
  return result;
}
