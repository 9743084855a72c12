/** Why a service is built on another machine, for people. */
import type { ChosenSize } from './choose-sizes';
import { GIB, machineSize } from './machine-sizes';

/** Returns the reason: `large, because recorded builds used up to 7.2 of the 8 GiB of medium`. */
export function sizeReason({ to, from, memory, shortage }: ChosenSize): string {
  if (shortage !== undefined && memory < machineSize(shortage).memory) {
    return `${to.compute}, because a build ran out of the ${gib(machineSize(shortage).memory)} GiB of ${shortage.compute}`;
  }
  const isSmaller = machineSize(to).memory < machineSize(from).memory;
  const { memory: all } = machineSize(isSmaller ? to : from);
  const whose = isSmaller ? 'its' : 'the';
  const end = isSmaller ? '' : ` of ${from.compute}`;
  return `${to.compute}, because recorded builds used up to ${gib(memory)} of ${whose} ${gib(all)} GiB${end}`;
}

/** Returns GiB with one digit, or none if it is whole. */
function gib(bytes: number): string {
  return String(Math.round((bytes / GIB) * 10) / 10);
}
