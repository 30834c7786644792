import { createContext, type ReactNode, useContext, useSyncExternalStore } from 'react';
import type { Snapshot, WindowApi } from '../../../src/api/window.ts';
import type { Place } from '../model/place.ts';
import type { Store } from '../model/store.ts';
import { en, type Texts } from '../texts/catalogue.ts';

/** What every screen may use. */
export interface Surroundings {
  api: WindowApi;
  snapshot: Snapshot;
  go(place: Place): void;
  /** Says that something failed that has no place of its own on the screen. */
  tell(thrown: unknown): void;
}

const Context = createContext<Surroundings | undefined>(undefined);
const Words = createContext<Texts>(en);

export function SurroundingsProvider({ value, children }: { value: Surroundings; children: ReactNode }) {
  return <Context value={value}>{children}</Context>;
}

export function TextsProvider({ texts, children }: { texts: Texts; children: ReactNode }) {
  return <Words value={texts}>{children}</Words>;
}

export function useSurroundings(): Surroundings {
  const surroundings = useContext(Context);
  if (!surroundings) throw new Error('A screen stands outside the window.');
  return surroundings;
}

/** Says that something failed that has no place of its own; outside the window's frame nobody hears it. */
export function useTell(): Surroundings['tell'] {
  return useContext(Context)?.tell ?? nobody;
}

function nobody(): void {}

export function useTexts(): Texts {
  return useContext(Words);
}

/** The value of a store, and each one after it. */
export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.subscribe, store.get);
}
