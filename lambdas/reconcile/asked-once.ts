/** Answers that are functions of a commit are kept while the function is: a branch that rests is asked about in every round. */
import type { BranchHead } from '../../core/ports';

/** Keeps what was answered for the head that each branch had last. A question that failed is asked again. */
export function askedOnce(ask: (head: BranchHead) => Promise<boolean>): (head: BranchHead) => Promise<boolean> {
  const known = new Map<string, { readonly commit: string; readonly answer: Promise<boolean> }>();
  return (head) => {
    const before = known.get(head.name);
    if (before?.commit === head.commit) return before.answer;
    const answer = ask(head);
    known.set(head.name, { commit: head.commit, answer });
    answer.catch(() => known.delete(head.name));
    return answer;
  };
}
