/** A seeded schedule of pushes and a thousand deliveries: duplicate, reordered, late or lost. */
import { mulberry32, type Random } from '../races/race-schedule';

export const DELIVERIES = 1000;
export const SLOTS = 24;
export const SERVICES = ['etcd', 'auth', 'restapi', 'ngui'] as const;
const BRANCHES = ['develop', 'feature/a', 'feature/b'];
const ORDINARY_PUSHES = 10;
/** A reconcile round runs every so many slots, so that one runs between two forced pushes. */
export const RECONCILED_EVERY = 4;

/**
 * `prompt`: delivered at once. `late`: first delivered after later pushes, and possibly after a reconcile round. `lost`: never delivered.
 */
export type Fate = 'prompt' | 'late' | 'lost';

/** The content of a push: a change of a service, a new branch at `main`, or a forced move to an earlier push. */
export type Change =
  | { readonly kind: 'change'; readonly service: (typeof SERVICES)[number] }
  | { readonly kind: 'new' }
  | { readonly kind: 'force'; readonly to: number };

export interface ScheduledPush {
  readonly slot: number;
  readonly branch: string;
  readonly change: Change;
  readonly fate: Fate;
  /** True if the host sends the push time, like GitHub and unlike Gitea. */
  readonly isTimed: boolean;
}

export interface DeliverySchedule {
  /** All pushes, in order. */
  readonly pushes: readonly ScheduledPush[];
  /** The numbers of the delivered pushes, by slot, in the order of the requests. */
  readonly deliveries: readonly (readonly number[])[];
}

/** Returns the schedule of a seed. The same seed gives the same schedule. */
export function makeSchedule(seed: number): DeliverySchedule {
  const random = mulberry32(seed);
  const pushes = [...newBranches(), ...ordinaryPushes(random), ...forcedPushes()];
  // Sorting is stable, so pushes of one slot stay in order.
  const order = pushes.map((_, index) => index).sort((one, other) => slotOf(pushes, one) - slotOf(pushes, other));
  const sorted = order.map((index) => renumbered(pushes[index] as ScheduledPush, order));
  return { pushes: sorted, deliveries: deliveriesOf(sorted, random) };
}

function slotOf(pushes: readonly ScheduledPush[], index: number): number {
  return pushes[index]?.slot ?? 0;
}

function renumbered(push: ScheduledPush, order: readonly number[]): ScheduledPush {
  if (push.change.kind !== 'force') return push;
  return { ...push, change: { kind: 'force', to: order.indexOf(push.change.to) } };
}

function newBranches(): ScheduledPush[] {
  return BRANCHES.map((branch) => ({ slot: 0, branch, change: { kind: 'new' }, fate: 'prompt', isTimed: true }));
}

function ordinaryPushes(random: Random): ScheduledPush[] {
  return Array.from({ length: ORDINARY_PUSHES }, () => {
    const isTimed = random() < 0.6;
    const fate = pick<Fate>(random, isTimed ? ['prompt', 'prompt', 'late', 'lost'] : ['prompt', 'prompt', 'lost']);
    const change = { kind: 'change', service: pick(random, SERVICES) } as const;
    return { slot: 1 + Math.floor(random() * (SLOTS - 8)), branch: pick(random, BRANCHES), change, fate, isTimed };
  });
}

/** Returns pushes from A to B, back to A and to B again, per branch. Numbers are those before `makeSchedule` sorts. */
function forcedPushes(): ScheduledPush[] {
  const kinds: readonly { readonly isTimed: boolean; readonly first: Fate }[] = [
    { isTimed: true, first: 'prompt' },
    { isTimed: true, first: 'lost' },
    { isTimed: false, first: 'prompt' },
    { isTimed: false, first: 'lost' },
  ];
  return kinds.flatMap(({ isTimed, first }, index): ScheduledPush[] => {
    const branch = `feature/forced-${index}`;
    const a = BRANCHES.length + ORDINARY_PUSHES + 4 * index;
    return [
      { slot: 0, branch, change: { kind: 'new' }, fate: 'prompt', isTimed },
      { slot: 1, branch, change: { kind: 'change', service: 'auth' }, fate: first, isTimed },
      { slot: 1 + 2 * RECONCILED_EVERY, branch, change: { kind: 'force', to: a }, fate: 'prompt', isTimed },
      { slot: 1 + 4 * RECONCILED_EVERY, branch, change: { kind: 'force', to: a + 1 }, fate: 'prompt', isTimed },
    ];
  });
}

function deliveriesOf(pushes: readonly ScheduledPush[], random: Random): readonly (readonly number[])[] {
  const slots: number[][] = Array.from({ length: SLOTS }, () => []);
  const delivered = pushes.flatMap(({ slot, fate }, push) => {
    if (fate === 'lost') return [];
    return [{ push, from: fate === 'late' ? slot + 3 + Math.floor(random() * 4) : slot }];
  });
  for (const { push, from } of delivered) slots[from]?.push(push);
  for (let more = delivered.length; more < DELIVERIES; more += 1) {
    const { push, from } = pick(random, delivered);
    slots[from + Math.floor(random() * (SLOTS - from))]?.push(push);
  }
  return slots.map((slot) => shuffled(slot, random));
}

function pick<Value>(random: Random, values: readonly Value[]): Value {
  return values[Math.floor(random() * values.length)] as Value;
}

function shuffled(values: readonly number[], random: Random): readonly number[] {
  return values
    .map((value) => ({ value, place: random() }))
    .sort((one, other) => one.place - other.place)
    .map(({ value }) => value);
}
