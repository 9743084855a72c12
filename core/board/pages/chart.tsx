/** The timeline of a run as bars, made of SVG attributes alone, so that no policy has to allow inline styles. */
import { printable } from '../../text/escape';
import type { Bar, BarKind, TimelineChart } from '../timeline';
import { durationText } from '../words';

/** Bars of jobs. The longest ones are shown, in their order. */
const JOBS_SHOWN = 120;

const MEANINGS: readonly (readonly [kind: BarKind, text: string])[] = [
  ['step', 'step of the run'],
  ['waiting', 'job waits for a machine'],
  ['working', 'job is built'],
  ['failed', 'job failed'],
];

/** Returns the chart with its legend. Each bar has its numbers as text. */
export function Chart({ chart }: { readonly chart: TimelineChart }) {
  const jobs = longestOf(chart.jobs);
  const hidden = chart.jobs.length - jobs.length;
  return (
    <>
      <h2>Timeline</h2>
      <p class="legend">
        {MEANINGS.map(([kind, text]) => (
          <span>
            <svg viewBox="0 0 18 10" aria-hidden="true">
              <rect class={`b-${kind}`} width="18" height="10" rx="2" />
            </svg>
            {text}
          </span>
        ))}
        <span>
          <b>bold</b>: on the critical path
        </span>
      </p>
      <section class="scroll" tabindex={0} aria-label={`timeline over ${durationText(chart.seconds)}`}>
        <table class="chart">
          <tbody>
            {chart.steps.map((bar) => (
              <BarRow bar={bar} />
            ))}
          </tbody>
          <tbody>
            {jobs.map((bar) => (
              <BarRow bar={bar} />
            ))}
          </tbody>
        </table>
      </section>
      {hidden > 0 ? <p class="dim">{hidden} shorter jobs are not drawn; the table below has their times.</p> : null}
    </>
  );
}

function longestOf(jobs: readonly Bar[]): readonly Bar[] {
  if (jobs.length <= JOBS_SHOWN) return jobs;
  const length = (bar: Bar) => bar.seconds + bar.waitSeconds + (bar.isCritical || bar.isOpen ? 1e6 : 0);
  const longest = new Set(jobs.toSorted((a, b) => length(b) - length(a)).slice(0, JOBS_SHOWN));
  return jobs.filter((job) => longest.has(job));
}

function BarRow({ bar }: { readonly bar: Bar }) {
  return (
    <tr class={bar.isCritical ? 'critical' : undefined}>
      <th scope="row">{printable(bar.name)}</th>
      <td class="bar">
        <svg viewBox="0 0 1000 14" preserveAspectRatio="none" aria-hidden="true">
          {bar.parts.map(({ kind, from, to }) => (
            <rect class={`b-${kind}`} x={from} y="1" width={Math.max(3, to - from)} height="12" />
          ))}
        </svg>
      </td>
      <td class="num">{barText(bar)}</td>
    </tr>
  );
}

function barText({ seconds, waitSeconds, isOpen, parts }: Bar): string {
  const waited = waitSeconds >= 0.5 ? `waited ${durationText(waitSeconds)}, ` : '';
  const state = parts.some(({ kind }) => kind === 'failed') ? ', failed' : isOpen ? ', open' : '';
  return `${waited}${durationText(seconds)}${state}`;
}
