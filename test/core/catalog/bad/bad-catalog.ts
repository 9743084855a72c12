/** The shape of a case, and the valid catalogs that cases are built from. */

/** What is wrong, the catalog, and every problem to report: path, line, and part of the message. */
export type BadCatalog = readonly [what: string, text: string, ...problems: BadPart[]];

type BadPart = readonly [path: string, line: number | undefined, words: string];

/** The first line of a valid catalog. */
export const V = 'platform: v1.4.0\n';
/** Returns a catalog with one service. */
export const one = (service: string) => `${V}services:\n  api: ${service}\n`;
/** Returns a catalog with these stages. */
export const stages = (list: string) => `${V}stages:\n${list}services: { api: }\n`;
