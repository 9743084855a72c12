/** Returns the result of `work`, or `late` if it takes longer. The work itself goes on as long as the process does. */
export async function withTimeout<Result>(work: Promise<Result>, milliseconds: number, late: Result): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<Result>((fulfil) => {
    timer = setTimeout(() => fulfil(late), milliseconds);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
