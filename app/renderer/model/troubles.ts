import { Fault } from '../../../src/base/fault.ts';
import { createStore, type Store } from './store.ts';

/** Failures shown at once; the oldest go. */
const MOST = 3;

/** Something that failed and has no place of its own on the screen. */
export interface Trouble {
  id: number;
  fault: Fault;
}

/** What failed, until it is closed or another screen is shown. */
export interface Troubles {
  readonly now: Store<readonly Trouble[]>;
  /** The same failure is said once. Anything thrown may be told. */
  tell(thrown: unknown): void;
  close(id: number): void;
  clear(): void;
}

export function createTroubles(): Troubles {
  const now = createStore<readonly Trouble[]>([]);
  let last = 0;
  return {
    now,
    tell: thrown => {
      const fault = Fault.of(thrown);
      const isSame = (each: Trouble) =>
        each.fault.code === fault.code && each.fault.message === fault.message;
      now.change(before => (before.some(isSame) ? before : [...before, { id: ++last, fault }].slice(-MOST)));
    },
    close: id => now.change(before => before.filter(each => each.id !== id)),
    clear: () => now.change(before => (before.length === 0 ? before : [])),
  };
}
