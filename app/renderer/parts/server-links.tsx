import type { KnownServer } from '../../../src/api/window.ts';
import { isSame, type Place, toFragment } from '../model/place.ts';
import { useSurroundings } from './surroundings.tsx';

/** The servers, in the window's margin. */
export function ServerLinks({ place }: { place: Place }) {
  const { snapshot } = useSurroundings();
  return (
    <ul>
      {snapshot.servers.map(server => {
        const { server: url, profile } = server;
        const target = { server: url, profile };
        const isCurrent = place.screen === 'server' && isSame(place.target, target);
        return (
          <li key={`${profile} ${url}`}>
            <a
              href={toFragment({ screen: 'server', target, tab: 'overview' })}
              aria-current={isCurrent ? 'page' : undefined}
            >
              <span className="dot" data-tone={toneOf(server)} />
              <bdi className="name">{nameOf(server)}</bdi>
            </a>
          </li>
        );
      })}
    </ul>
  );
}

/** What a server is called where there is little room. */
export function nameOf({ name, server, profile }: KnownServer): string {
  const host = URL.parse(server)?.host ?? server;
  const shown = name ?? host;
  return profile === 'default' ? shown : `${shown} · ${profile}`;
}

/** How it stands with a server, as a colour. */
export function toneOf({ state, failure, renewal }: KnownServer): 'good' | 'fragile' | 'broken' | 'plain' {
  if (failure !== undefined) return 'broken';
  if (state === 'sign-in-pending' || renewal) return 'fragile';
  return state === 'signed-in' ? 'good' : 'plain';
}
