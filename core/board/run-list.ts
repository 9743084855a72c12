/** The list of runs: filtered, newest first, in pages; and what runs cost by week. */
import type { RunHeader } from './run-header';

/** The filter of a list of runs. Empty texts match everything. */
export interface RunFilter {
  readonly branch: string;
  readonly action: string;
  readonly state: string;
  readonly service: string;
  readonly person: string;
  readonly page: number;
}

const PER_PAGE = 50;

/** One page of runs. `total` is the number of runs that match. */
export interface RunPage {
  readonly runs: readonly RunHeader[];
  readonly page: number;
  readonly pages: number;
  readonly total: number;
  /** Values that runs have, for the choices of the filter. */
  readonly branches: readonly string[];
  readonly actions: readonly string[];
}

/** Reads a filter from a query, whatever it contains. */
export function readFilter(query: (name: string) => string | undefined): RunFilter {
  const text = (name: string) => (query(name) ?? '').trim().slice(0, 256);
  const page = Number(query('page') ?? 1);
  return {
    branch: text('branch'),
    action: text('action'),
    state: text('state'),
    service: text('service'),
    person: text('person'),
    page: Number.isSafeInteger(page) && page > 0 ? page : 1,
  };
}

/** Returns the query of a filter, with another page. */
export function filterQuery({ page: _, ...filter }: RunFilter, page: number): string {
  const set = Object.entries(filter).filter(([, value]) => value !== '');
  return new URLSearchParams([...set, ['page', String(page)]]).toString();
}

/** Returns the page that the filter asks for, or the last one. `runs` are the newest first. `personOf` gives the author of a commit. */
export function runPage(
  runs: readonly RunHeader[],
  filter: RunFilter,
  personOf: (commit: string) => string | undefined,
): RunPage {
  const person = filter.person.toLowerCase();
  const matching = runs.filter(
    (run) =>
      matches(filter.branch, run.branch) &&
      matches(filter.action, run.action) &&
      matches(filter.state, run.state) &&
      (filter.service === '' || run.services.includes(filter.service)) &&
      (person === '' || peopleOf(run, personOf).some((name) => name.toLowerCase().includes(person))),
  );
  const pages = Math.max(1, Math.ceil(matching.length / PER_PAGE));
  const page = Math.min(filter.page, pages);
  return {
    runs: matching.slice((page - 1) * PER_PAGE, page * PER_PAGE),
    page,
    pages,
    total: matching.length,
    branches: valuesOf(runs, ({ branch }) => branch),
    actions: valuesOf(runs, ({ action }) => action),
  };
}

/** Returns who started the run, and who made its source commit. */
export function peopleOf(run: RunHeader, personOf: (commit: string) => string | undefined): readonly string[] {
  const all = [run.person, personOf(run.source ?? '')].filter((name) => name !== undefined);
  return [...new Set(all)];
}

function matches(wanted: string, value: string | undefined): boolean {
  return wanted === '' || value === wanted;
}

/** Choices of a list. */
const MAX_VALUES = 200;

function valuesOf(runs: readonly RunHeader[], readValue: (run: RunHeader) => string | undefined): readonly string[] {
  const found = new Set<string>();
  for (const run of runs) {
    const value = readValue(run);
    if (value !== undefined && found.size < MAX_VALUES) found.add(value);
  }
  return [...found].sort();
}

/** The runs of one week. `week` is its Monday, in ms since 1970. */
export interface WeekCost {
  readonly week: number;
  readonly runs: number;
  readonly failed: number;
  readonly built: number;
  readonly retagged: number;
  readonly minutes: number;
  /** US dollars of the runs whose price is known. */
  readonly dollars: number;
  readonly unpriced: number;
}

const WEEK = 7 * 86_400_000;
/** 5 January 1970 was a Monday. */
const FIRST_MONDAY = 4 * 86_400_000;

const NO_RUNS = { runs: 0, failed: 0, built: 0, retagged: 0, minutes: 0, dollars: 0, unpriced: 0 };

/** Returns the weeks that have runs, the newest first, at most `limit`. */
export function weeklyCosts(runs: readonly RunHeader[], limit: number): readonly WeekCost[] {
  const weeks = new Map<number, WeekCost>();
  for (const { startedAt, state, counts, minutes, cost } of runs) {
    if (startedAt === undefined || state === 'planned') continue;
    const week = Math.floor((startedAt - FIRST_MONDAY) / WEEK) * WEEK + FIRST_MONDAY;
    const sum = weeks.get(week) ?? NO_RUNS;
    weeks.set(week, {
      week,
      runs: sum.runs + 1,
      failed: sum.failed + (state === 'failed' ? 1 : 0),
      built: sum.built + (counts?.built ?? 0),
      retagged: sum.retagged + (counts?.retagged ?? 0),
      minutes: sum.minutes + minutes,
      dollars: sum.dollars + (cost ?? 0),
      unpriced: sum.unpriced + (cost === null ? 1 : 0),
    });
  }
  return [...weeks.values()].sort((a, b) => b.week - a.week).slice(0, limit);
}

/** Returns the services that were built most often, with the number of builds. */
export function mostBuilt(
  runs: readonly RunHeader[],
  limit: number,
): readonly (readonly [service: string, builds: number])[] {
  const counts = new Map<string, number>();
  for (const { builds } of runs) for (const service of builds) counts.set(service, (counts.get(service) ?? 0) + 1);
  return [...counts].sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1)).slice(0, limit);
}
