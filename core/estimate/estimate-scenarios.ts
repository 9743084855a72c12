/** What scenarios take with so many build machines: as the state machine runs them, with barriers between stages, and at the least. */

import { MODULE_MACHINE, machineOf } from '../build-machine';
import type { Stage } from '../catalog/catalog';
import { type BuildCost, buildCost } from './price';
import type { MinuteRange, Scenario } from './scenarios';
import { lowerBound, simulate, withBarriers } from './simulate';

export interface EstimateOptions {
  readonly stages: readonly Stage[];
  readonly builders: number;
  /** Jobs of one stage at a time, where the stage does not say. */
  readonly stageConcurrency: number;
  /** The AWS region whose prices are taken. */
  readonly region: string;
}

/** One row of `pipeline estimate`. All times are in minutes. */
export interface ScenarioEstimate extends BuildCost {
  readonly name: string;
  readonly services: number;
  readonly modules: number;
  /** One job after the other. */
  readonly sequential: number;
  /** Each stage starts when those that it needs have ended: what is deployed. */
  readonly byNeeds: number;
  /** Each stage waits for the one before it in the catalog. */
  readonly byBarriers: number;
  /** No schedule with so many builders is shorter. */
  readonly lowerBound: number;
  /** What somebody else reckoned. */
  readonly expected?: { readonly sequential?: MinuteRange; readonly parallel?: MinuteRange };
}

/** Estimates one scenario. */
export function estimateScenario(scenario: Scenario, options: EstimateOptions): ScenarioEstimate {
  const { name, services, modules, sequential, parallel } = scenario;
  const { stages, region } = options;
  const jobs = [...modules, ...services];
  const simulation = { ...options, jobs };
  return {
    name,
    services: services.length,
    modules: modules.length,
    sequential: jobs.reduce((sum, { minutes }) => sum + minutes, 0),
    byNeeds: simulate(simulation).minutes,
    byBarriers: simulate({ ...simulation, stages: withBarriers(stages) }).minutes,
    lowerBound: lowerBound(simulation),
    ...(sequential === undefined && parallel === undefined
      ? {}
      : { expected: { ...ranges({ sequential, parallel }) } }),
    ...buildCost(
      [
        ...modules.map(({ minutes }) => ({ minutes, machine: MODULE_MACHINE })),
        ...services.map((service) => ({ minutes: service.minutes, machine: machineOf(service) })),
      ],
      region,
    ),
  };
}

function ranges({
  sequential,
  parallel,
}: {
  readonly sequential?: MinuteRange | undefined;
  readonly parallel?: MinuteRange | undefined;
}) {
  return { ...(sequential === undefined ? {} : { sequential }), ...(parallel === undefined ? {} : { parallel }) };
}
