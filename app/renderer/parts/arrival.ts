import { useEffect, useRef } from 'react';
import type { KnownServer } from '../../../src/api/window.ts';
import { isSame, type Place, toFragment } from '../model/place.ts';
import type { Texts } from '../texts/catalogue.ts';

/**
 * Says where somebody has come to: the title at once, and where they came from another screen the keyboard's
 * place as well, at the screen's heading. WCAG 2.2, 2.4.2 and 2.4.3.
 */
export function useArrival(place: Place, servers: readonly KnownServer[], texts: Texts): void {
  const title = titleOf(place, servers, texts);
  useEffect(() => {
    document.title = title === undefined ? texts.shell.name : `${title} – ${texts.shell.name}`;
  }, [title, texts]);

  const screen = screenOf(place);
  const before = useRef(screen);
  useEffect(() => {
    if (before.current === screen) return;
    before.current = screen;
    const heading = document.querySelector<HTMLElement>('#content h1');
    if (!heading) return;
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
    document.getElementById('content')?.scrollTo({ top: 0 });
  }, [screen]);
}

/** A screen and what is in it; its tabs and dialogs are one with it, whose keyboard's place is their own. */
function screenOf(place: Place): string {
  if (place.screen === 'servers') return toFragment({ screen: 'servers' });
  return toFragment(place.screen === 'server' ? { ...place, tab: 'overview' } : place);
}

function titleOf(place: Place, servers: readonly KnownServer[], { shell }: Texts): string | undefined {
  if (place.screen !== 'server') return shell[place.screen];
  const server = servers.find(each => isSame(each, place.target));
  return server ? server.title : URL.parse(place.target.server)?.host;
}
