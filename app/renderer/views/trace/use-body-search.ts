import { useEffect, useState } from 'react';
import type { Filter } from '../../model/trace-filter.ts';
import { useSurroundings } from '../../parts/surroundings.tsx';
import type { Viewed } from './use-trace.ts';

/** Milliseconds after the last key before bodies are searched, and between two searches of what is new. */
const SETTLED = 250;
const AGAIN = 3_000;
/** Shorter texts stand in nearly every body. */
const SHORTEST = 2;

/** Filters the rows at once, and again once it is known in which bodies the text stands. */
export function useBodySearch({ view, source }: Viewed, filter: Filter): boolean {
  const { tell } = useSurroundings();
  const [isSearching, setSearching] = useState(false);
  const { text, server, host, kind, result } = filter;
  useEffect(() => {
    const current: Filter = {
      text,
      ...(server ? { server } : {}),
      ...(host === undefined ? {} : { host }),
      ...(kind === undefined ? {} : { kind }),
      ...(result === undefined ? {} : { result }),
    };
    view.setFilter(current);
    const words = text.trim();
    setSearching(words.length >= SHORTEST);
    if (words.length < SHORTEST) return;
    let isOver = false;
    let timer: ReturnType<typeof setTimeout>;
    const search = async () => {
      try {
        const found = await source.search(words);
        if (isOver) return;
        view.setFilter(current, new Set(found));
        timer = setTimeout(() => void search(), AGAIN);
      } catch (thrown) {
        if (!isOver) tell(thrown);
      }
      if (!isOver) setSearching(false);
    };
    timer = setTimeout(() => void search(), SETTLED);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [view, source, tell, text, server, host, kind, result]);
  return isSearching;
}
