import { isSame, type Place, toFragment } from '../model/place.ts';
import { standingOf, toneOf } from '../model/standing.ts';
import { useNow } from './standing.tsx';
import { useSurroundings, useTexts } from './surroundings.tsx';

/** The servers, in the window's margin. */
export function ServerLinks({ place }: { place: Place }) {
  const { snapshot } = useSurroundings();
  const { servers: texts } = useTexts();
  const now = useNow();
  return (
    <ul>
      {snapshot.servers.map(server => {
        const { server: url, profile } = server;
        const target = { server: url, profile };
        const isCurrent = place.screen === 'server' && isSame(place.target, target);
        const standing = standingOf(server, now);
        return (
          <li key={`${profile} ${url}`}>
            <a
              href={toFragment({ screen: 'server', target, tab: 'overview' })}
              aria-current={isCurrent ? 'page' : undefined}
              title={texts.standings[standing]}
            >
              <span className="dot" data-tone={toneOf(standing)} />
              <bdi className="name">{server.title}</bdi>
            </a>
          </li>
        );
      })}
    </ul>
  );
}
