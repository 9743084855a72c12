/** `aws-local-stepfunctions` 3 uses Promise.withResolvers, which Node has from version 22 on. */
interface WithResolvers {
  withResolvers?: <T>() => { promise: Promise<T>; resolve: (value: T) => void; reject: (reason: unknown) => void };
}

const promiseClass = Promise as unknown as WithResolvers;
promiseClass.withResolvers ??= <T>() => {
  let resolve: (value: T) => void = () => undefined;
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<T>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  return { promise, resolve, reject };
};
