/** Writes texts as YAML scalars that every reader takes for text. */

/** Words that YAML 1.1 (which Helm's reader follows) or 1.2 read as null or boolean, in any case. */
const WORDS = /^(null|y|n|yes|no|true|false|on|off)$/i;
/** Whole numbers (octal, hexadecimal and binary too), decimal fractions, exponents; with `_` as YAML 1.1 allows. */
const NUMBER =
  /^[0-9][0-9_]*(\.[0-9_]*)?$|^([0-9][0-9_]*(\.[0-9_]*)?)?e[+-]?[0-9_]+$|^0(x[0-9a-f_]+|o?[0-7_]+|b[01_]+)$/i;
const DATE = /^\d{4}-\d{1,2}-\d{1,2}(t.*)?$/i;
const SEXAGESIMAL = /^[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?$/;
/** Characters of image references and service names, which have no meaning in a plain scalar. */
const PLAIN = /^[A-Za-z0-9_]([A-Za-z0-9._/:@-]*[A-Za-z0-9._/-])?$/;

/** Returns the text as a plain scalar if YAML reads that as text, otherwise in double quotes. */
export function plainOrQuoted(text: string): string {
  const isOther = [WORDS, NUMBER, DATE, SEXAGESIMAL].some((grammar) => grammar.test(text));
  return PLAIN.test(text) && !isOther ? text : JSON.stringify(text);
}

/** Returns the text in the quotes of the scalar that it replaces. A plain one gets quotes only if YAML needs them. */
export function quoteLike(text: string, type: string | undefined): string {
  if (type === 'QUOTE_DOUBLE') return JSON.stringify(text);
  if (type === 'QUOTE_SINGLE') return `'${text.replaceAll("'", "''")}'`;
  return plainOrQuoted(text);
}
