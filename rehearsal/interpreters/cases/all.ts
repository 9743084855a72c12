/** One table of state machines with what the Amazon States Language says of them: https://states-language.net/spec.html. */
import type { Case } from './case';
import { DATA_CASES } from './data';
import { MAP_CASES } from './maps';
import { TASK_CASES } from './tasks';

export const CASES: readonly Case[] = [...TASK_CASES, ...MAP_CASES, ...DATA_CASES];
