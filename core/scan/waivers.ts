/** Waivers: the decisions of people to release images in spite of vulnerabilities, as a file of the monorepo has them. */
import * as z from 'zod';
import { type CatalogIssue, shapeIssues, toProblems } from '../catalog/issue';
import { readCatalogYaml } from '../catalog/yaml';
import { InvalidInputError } from '../contract/errors';
import type { Vulnerability, Waiver } from '../contract/scan/scan';
import { dayOf } from '../image/build-label';
import { describeShape, showValue } from '../text/shape-error';

/** The longest time that a waiver may have left. A year later somebody looks at it again. */
export const MAX_WAIVER_DAYS = 366;

const HINT =
  'One waiver: { id: CVE-2026-1234, services: [auth], package: openssl, reason: "not reachable", until: 2026-12-31, by: "alice" }';

const form = (pattern: RegExp, allowed: string) =>
  z.string().regex(pattern, { error: ({ input }) => `must be ${allowed}, not ${showValue(input)}` });

const words = (most: number) =>
  form(new RegExp(`^\\s*\\S[^\\p{Cc}]{0,${most - 1}}$`, 'u'), `text of 1 to ${most} characters on one line`);

const Entry = z.strictObject({
  id: form(/^[A-Za-z0-9][\w.:-]{2,99}$/, 'the id of a vulnerability, such as CVE-2026-1234'),
  services: z.array(words(100)).min(1).optional(),
  package: words(200).optional(),
  reason: words(500),
  until: z.iso.date({
    error: ({ input }) =>
      input === undefined ? 'is missing' : `must be a day, such as 2026-12-31, not ${showValue(input)}`,
  }),
  by: words(100),
});

const WaiversFile = z.strictObject({ waivers: z.array(Entry).max(1000) });

/**
 * Reads the waivers of a file. `now` is in ms since 1970. Throws `InvalidInput` with all problems of the file, each with its line. Expired
 * waivers are no problem: they stay in the list, and do not count.
 */
export function parseWaivers(text: string, path: string, now: number): readonly Waiver[] {
  const yaml = readCatalogYaml(text);
  const result =
    yaml.value === undefined
      ? undefined
      : WaiversFile.safeParse(yaml.value, { error: (issue) => describeShape(issue) });
  const shape = result?.error === undefined ? [] : shapeIssues(result.error, 'a list of waivers', knownKeys);
  const days = result?.success === true ? tooLong(result.data.waivers, now) : [];
  const issues = [...yaml.issues, ...shape, ...days];
  if (result?.success === true && issues.length === 0) return result.data.waivers as readonly Waiver[];
  const problems = toProblems(issues, yaml.lineOf).map((problem) =>
    problem.path === 'catalog' ? { ...problem, path } : problem,
  );
  throw new InvalidInputError(`the waivers in ${path} cannot be used`, problems, HINT);
}

function knownKeys(path: readonly unknown[]): readonly string[] {
  return Object.keys(path.length === 0 ? WaiversFile.shape : Entry.shape);
}

function tooLong(waivers: readonly z.infer<typeof Entry>[], now: number): readonly CatalogIssue[] {
  const last = dayOf(now + MAX_WAIVER_DAYS * DAY);
  return waivers.flatMap(({ until }, index) => {
    if (until <= last) return [];
    return [
      {
        path: ['waivers', index, 'until'],
        message: `is ${until}; a waiver ends within a year, on ${last} at the latest`,
      },
    ];
  });
}

const DAY = 24 * 3600 * 1000;

/** Returns true if the waiver is over. It counts until the end of its day, in UTC. `today` is a day. */
export function isExpired({ until }: Pick<Waiver, 'until'>, today: string): boolean {
  return until < today;
}

/** Days before its end in which a waiver is told of. */
const ENDS_SOON = 7;

/** Warnings in a plan. */
const MAX_WARNINGS = 10;

/** Returns a sentence for each waiver that is over or ends soon, the first to end first. `now` is in ms since 1970. */
export function waiverWarnings(waivers: readonly Waiver[], path: string, now: number): readonly string[] {
  const soon = dayOf(now + ENDS_SOON * DAY);
  const ending = waivers.filter(({ until }) => until <= soon).toSorted((a, b) => (a.until < b.until ? -1 : 1));
  const texts = ending.slice(0, MAX_WARNINGS).map((waiver) => {
    const { id, by, until } = waiver;
    const when = isExpired(waiver, dayOf(now)) ? `ended on ${until} and no longer counts` : `ends on ${until}`;
    return `${path}: the waiver for ${id} by ${by} ${when}; renew it or remove it`;
  });
  const more = ending.length - texts.length;
  return more > 0 ? [...texts, `${path}: ${more} more waivers are over or end soon`] : texts;
}

/** Returns true if the waiver is about this vulnerability of this service, expired or not. Ids are compared without their case. */
export function isAbout(waiver: Waiver, service: string, { id, package: name }: Vulnerability): boolean {
  return (
    waiver.id.toUpperCase() === id.toUpperCase() &&
    (waiver.services === undefined || waiver.services.includes(service)) &&
    (waiver.package === undefined || waiver.package === name)
  );
}
