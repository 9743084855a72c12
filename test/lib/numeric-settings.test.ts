import type { SettingsInput } from '../../core/settings/schema';
import { synthesize } from './synthesized';

const approval = (hours: number): Partial<SettingsInput> => ({
  environments: [{ name: 'dev', values: 'chart/values.yaml', approval: { hours } }],
});

/** The ends of each range, and values that are no whole number of seconds or minutes. */
const SETTINGS: readonly (readonly [string, Partial<SettingsInput>])[] = [
  ...[1 / 60, 0.05, 1 / 3, 167.999, 168].map((hours) => [`${hours} hours for an approval`, approval(hours)] as const),
  ['the least of all', { maxConcurrency: 1, timeoutFactor: 1, webhookConcurrency: 1, alarms: least() }],
  ['the most of all', { maxConcurrency: 1000, timeoutFactor: 100, webhookConcurrency: 100, alarms: most() }],
];

function least(): SettingsInput['alarms'] {
  return { dollarsPerDay: 0.01, queueMinutes: 1, runHours: 1 };
}

function most(): SettingsInput['alarms'] {
  return { dollarsPerDay: 1_000_000, queueMinutes: 120, runHours: 48 };
}

test.each(SETTINGS)('%s can be deployed', (_, settings) => {
  expect(() => synthesize({ settings })).not.toThrow();
});
