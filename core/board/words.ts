/** Words of the board for times, durations, money and ids. Times are in UTC, so that a page reads the same for everybody. */

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Returns `29 Nov 2026, 10:25` for a time in ms since 1970, and `unknown` for none. */
export function dateText(time: number | undefined): string {
  if (!isTime(time)) return 'unknown';
  const date = new Date(time);
  const clock = date.toISOString().slice(11, 16);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}, ${clock}`;
}

/** Returns the time for the attribute `datetime`. */
export function isoText(time: number | undefined): string {
  return isTime(time) ? new Date(time).toISOString() : '';
}

/** The latest time that a JavaScript date can have. */
const LATEST = 8.64e15;

function isTime(time: number | undefined): time is number {
  return time !== undefined && Math.abs(time) <= LATEST;
}

const UNITS: readonly (readonly [seconds: number, unit: string])[] = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
];

/** Returns an age such as `3 d`, `5 h`, `12 min` or `now`. */
export function ageText(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds / 1000);
  const found = UNITS.find(([length]) => seconds >= length);
  return found === undefined ? 'now' : `${Math.floor(seconds / found[0])} ${found[1]}`;
}

/** Returns a duration such as `0.4 s`, `41 s`, `3 min 20 s` or `2 h 5 min`. */
export function durationText(seconds: number): string {
  if (seconds < 10) return `${Math.max(0, seconds).toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return whole % 60 === 0 ? `${minutes} min` : `${minutes} min ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Returns US dollars: `$0.59`, `no known price` for null. */
export function moneyText(dollars: number | null): string {
  return dollars === null ? 'no known price' : `$${dollars.toFixed(2)}`;
}

/** Returns the first 8 characters of a commit, or the first 12 of a digest without its algorithm. */
export function shortId(id: string): string {
  return id.startsWith('sha256:') ? id.slice(7, 19) : id.slice(0, 8);
}

/** Returns a number with its noun: `1 service`, `3 services`. */
export function countText(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

const NATURAL = new Intl.Collator('en', { numeric: true });

/** Compares names as people order them: `service-2` before `service-10`. */
export function byName(one: string, other: string): number {
  return NATURAL.compare(one, other) || (one < other ? -1 : 1);
}
