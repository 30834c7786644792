/** What another iterable gives, each changed; ending this one ends the other. */
export function mapped<T>(source: AsyncIterable<T>, change: (item: T) => T): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]() {
      const items = source[Symbol.asyncIterator]();
      return {
        next: async () => {
          const result = await items.next();
          return result.done ? result : { done: false, value: change(result.value) };
        },
        return: async () => {
          await items.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}
