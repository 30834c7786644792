import type { Client, ResourcePlace, ServerPlace } from '../../checks/client.ts';

const RESOURCE = '/.well-known/oauth-protected-resource';
const OAUTH = '/.well-known/oauth-authorization-server';
const OPENID = '/.well-known/openid-configuration';

type ResourcePlaces = Exclude<Client['resourcePlaces'], 'unknown'>['is'];

/** A place as a URL, and in words. */
export interface Spot<P> {
  place: P;
  url: string;
  because: string;
}

const RESOURCE_WORDS: Record<ResourcePlace, string> = {
  named: 'resource metadata, as the challenge names it',
  path: 'resource metadata, the path inserted',
  appended: 'resource metadata, behind the path',
  root: 'resource metadata, at the root',
};
const SERVER_WORDS: Record<ServerPlace, string> = {
  oauth: 'OAuth metadata',
  'openid-inserted': 'OpenID metadata, the path inserted',
  'openid-appended': 'OpenID metadata',
  'oauth-root': 'OAuth metadata, without the path',
  'openid-root': 'OpenID metadata, without the path',
};

/** Where a client looks for a server's resource metadata, in order, no address twice. */
export function resourceSpots(
  server: URL,
  named: string | undefined,
  places: readonly ResourcePlace[],
  { slash, query }: Pick<ResourcePlaces, 'slash' | 'query'>,
): Spot<ResourcePlace>[] {
  const { origin } = server;
  const whole = server.pathname === '/' ? '' : server.pathname;
  const bare = whole.replace(/\/$/, '');
  const search = query ? server.search : '';
  const paths = slash === 'kept' ? [whole] : slash === 'dropped' ? [bare] : [whole, bare];
  const urls: Record<ResourcePlace, readonly string[]> = {
    named: named === undefined ? [] : [named],
    path: paths.map(path => `${origin}${RESOURCE}${path}${search}`),
    appended: bare === '' ? [] : [`${origin}${bare}${RESOURCE}`],
    root: [`${origin}${RESOURCE}`],
  };
  return distinct(
    places.flatMap(place => urls[place].map(url => ({ place, url, because: RESOURCE_WORDS[place] }))),
  );
}

/** Where a client looks for an issuer's metadata, in order, no address twice. */
export function serverSpots(issuer: URL, places: readonly ServerPlace[]): Spot<ServerPlace>[] {
  const { origin } = issuer;
  const path = issuer.pathname.replace(/\/$/, '');
  const urls: Record<ServerPlace, string> = {
    oauth: `${origin}${OAUTH}${path}`,
    'openid-inserted': `${origin}${OPENID}${path}`,
    'openid-appended': `${origin}${path}${OPENID}`,
    'oauth-root': `${origin}${OAUTH}`,
    'openid-root': `${origin}${OPENID}`,
  };
  return distinct(places.map(place => ({ place, url: urls[place], because: SERVER_WORDS[place] })));
}

function distinct<P>(spots: readonly Spot<P>[]): Spot<P>[] {
  return spots.filter(({ url }, index) => spots.findIndex(other => other.url === url) === index);
}
