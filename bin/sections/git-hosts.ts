/** The section of the reference about git hosts, made of the table that the code uses. */
import { KNOWN_HOSTS } from '../../adapters/git/known-hosts';

type Known = (typeof KNOWN_HOSTS)[keyof typeof KNOWN_HOSTS];

/** The rows of each table: a heading, and what a host has there. */
const ROWS: readonly (readonly [string, (host: Known) => string])[] = [
  ['name', ({ name }) => name],
  ['address', ({ abilities }) => abilities.address],
  ['contents and commits', ({ abilities }) => abilities.content],
  ['login', ({ abilities }) => abilities.login],
  ['`git.reader`', ({ abilities }) => abilities.reader],
  ['status of a run', ({ abilities }) => abilities.status],
  ['plan as a comment', ({ abilities }) => abilities.comment],
  ['events', ({ abilities }) => abilities.events],
  ['proof of a delivery', ({ abilities }) => abilities.proof],
  ['`doctor` lists deliveries', ({ abilities }) => yes(abilities.listsDeliveries)],
  ['own commits are recognized', ({ abilities }) => abilities.ownPush],
  ["merge of a run's pull request", ({ abilities }) => abilities.merging],
  ['tells refused pushes beforehand', ({ pushRules }) => yes(pushRules !== undefined)],
  ['page of a release', ({ abilities }) => yes(abilities.releasePage)],
  ['token of a person', ({ tokenNames }) => tokenNames.map((name) => `\`${name}\``).join(', ')],
  ['tested on a real server', ({ abilities }) => abilities.proved.server || 'nothing'],
  ['tested on a real git server and a fake API', ({ abilities }) => abilities.proved.fake || 'nothing'],
  ['by reading the documentation only', ({ abilities }) => abilities.proved.reading || 'nothing'],
];

const INTRODUCTION = `## Git hosts

Every host passes the same tests for reading, history and commits, with a real git server behind it. A commit is made only if the branch has not moved;
git's own protocol guarantees that. A delivery without the right proof starts nothing.

The pipeline's own commit starts no run. If a push does not list its files, messages alone decide: a message that lies delays a build until the scheduled
function starts the run, at most 15 minutes. An own commit that is not recognized starts one more run, which finds nothing to do.
`;

/** Returns the section. */
export function gitHostsSection(): string {
  const hosts = Object.entries(KNOWN_HOSTS).map(
    ([key, host]) =>
      `\n### \`"host": "${key}"\`\n\n| | |\n|---|---|\n${ROWS.map(([title, read]) => `| ${title} | ${read(host)} |\n`).join('')}`,
  );
  return `${INTRODUCTION}${hosts.join('')}`;
}

function yes(value: boolean): string {
  return value ? 'yes' : 'no';
}
