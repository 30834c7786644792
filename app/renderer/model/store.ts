/** A value that changes, and those who want to know when it does. */
export interface Store<T> {
  get(): T;
  set(next: T): void;
  change(step: (before: T) => T): void;
  /** Returns what ends the listening. */
  subscribe(listener: () => void): () => void;
}

/** A store that begins with a value. Setting the same value again tells nobody. */
export function createStore<T>(initial: T): Store<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  const store: Store<T> = {
    get: () => value,
    set: next => {
      if (Object.is(next, value)) return;
      value = next;
      for (const listener of [...listeners]) listener();
    },
    change: step => store.set(step(value)),
    subscribe: listener => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return store;
}
