/** What a case of the corpus is, and the right catalogs that its cases are made from. */

/** A catalog that must be refused, and every problem that must be reported: path, line, and words of the message. */
export interface BadCatalog {
  readonly what: string;
  readonly text: string;
  readonly problems: readonly (readonly [path: string, line: number | undefined, words: string])[];
}

/** The first line of a right catalog. */
export const V = 'platform: v1.4.0\n';
/** A catalog with one service. */
export const one = (service: string) => `${V}services:\n  api: ${service}\n`;
/** A catalog with these stages. */
export const stages = (list: string) => `${V}stages:\n${list}services: { api: }\n`;
