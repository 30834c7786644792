import { asStrings } from '../../base/json.ts';
import type { Client } from '../../checks/client.ts';
import type { Answer, View } from '../../checks/view.ts';
import type { Notes } from './notes.ts';
import { resourceSpots, type Spot, serverSpots } from './places.ts';
import type { Seen } from './seen.ts';

/** What a client looks up before its sign-in begins, where it goes on whatever comes of it. */
export function lookBeforehand(
  client: Client,
  { challenge, resourcePlaces, serverPlaces }: NonNullable<Client['beforehand']>,
  view: View,
  named: string | undefined,
  seen: Seen,
  notes: Notes,
): void {
  if (challenge === 'unknown' || resourcePlaces === 'unknown' || serverPlaces === 'unknown') return;
  const { target: server } = view;
  const opening = challenge.is === 'get' ? view.answer('get') : undefined;
  if (opening) {
    const { url, status, id } = opening;
    const because = 'beforehand: a GET, nobody signed in';
    notes.steps.push({ url, because, verdict: status === 0 ? 'no answer' : String(status), exchange: id });
  }
  const { is: places } = resourcePlaces;
  const order = named === undefined ? places.unnamed : places.named;
  const resource = order === 'unknown' ? undefined : first(resourceSpots(server, named, order, places));
  const issuer = URL.parse(asStrings(resource?.json?.authorization_servers)?.[0] ?? '') ?? server;
  const where = serverPlaces.is[issuer.pathname === '/' ? 'root' : 'path'];
  if (where !== 'unknown') first(serverSpots(issuer, where));

  function first(spots: readonly Spot<unknown>[]): Answer | undefined {
    for (const { url, because } of spots) {
      const got = seen.at(url, notes.know(client.redirects, 'all'));
      if (!got) return undefined;
      const { answer, mishap } = got;
      const found = mishap === undefined;
      const verdict = found ? 'found' : answer.status === 0 ? 'no answer' : `${answer.status}: goes on`;
      notes.steps.push({ ...notes.follow(got, `beforehand: ${because}`), verdict });
      if (found) return answer;
    }
    return undefined;
  }
}
