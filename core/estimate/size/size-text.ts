/** Why a service is built on another machine, for people. */
import { type ChosenSize, isLarger } from './choose-sizes';
import { GIB, machineSize } from './machine-sizes';

/** Returns the reason: `large, because recorded builds used up to 7.2 of the 8 GiB of medium`. */
export function sizeReason({ to, from, memory, shortage }: ChosenSize): string {
  if (shortage !== undefined && memory < machineSize(shortage).memory) {
    return `${to.compute}, because a build ran out of the ${gib(machineSize(shortage).memory)} GiB of ${shortage.compute}`;
  }
  const used = `${to.compute}, because recorded builds used up to ${gib(memory)} of`;
  if (isLarger({ from, to })) return `${used} the ${gib(machineSize(from).memory)} GiB of ${from.compute}`;
  return `${used} its ${gib(machineSize(to).memory)} GiB`;
}

/** Returns GiB with one digit, or none if it is whole. */
function gib(bytes: number): string {
  return String(Math.round((bytes / GIB) * 10) / 10);
}
