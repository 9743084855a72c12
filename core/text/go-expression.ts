import type { RE2JS } from 're2js';

/**
 * Compiles an expression in Go's syntax (https://pkg.go.dev/regexp/syntax), by an engine that takes linear time, as Go's does. Returns
 * undefined for what Go cannot compile.
 */
export function compileGoExpression(expression: string): RE2JS | undefined {
  // Loading the engine takes longer than a whole plan spends on usual patterns, which do not need it.
  const { RE2JS: engine, RE2JSException } = require('re2js') as typeof import('re2js');
  try {
    return engine.compile(expression);
  } catch (error) {
    if (error instanceof RE2JSException) return undefined;
    throw error;
  }
}
