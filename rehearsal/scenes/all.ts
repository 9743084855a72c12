/** All scenes, in the order in which they are played. */
import { approval, refused, unanswered } from './approvals';
import { commands, deployAgain, destroy, firstFails, newAccount, twoStacks, update } from './deployments';
import { estimates } from './estimates';
import { failure, faults, lostEvents, stopped } from './failures';
import { dryRun, hotfix, release, rollback } from './releases';
import { rolledBack, rollout } from './rollouts';
import type { Scene } from './scene';
import { sharedMachines } from './shared-machines';
import { scanned, signed } from './trusted-images';
import { preview, push, reconciler } from './webhooks';

export const SCENES: readonly Scene[] = [
  release,
  push,
  approval,
  refused,
  unanswered,
  hotfix,
  rollback,
  dryRun,
  failure,
  faults,
  stopped,
  lostEvents,
  reconciler,
  preview,
  commands,
  estimates,
  rollout,
  rolledBack,
  signed,
  scanned,
  update,
  newAccount,
  twoStacks,
  sharedMachines,
  destroy,
  deployAgain,
  firstFails,
];
