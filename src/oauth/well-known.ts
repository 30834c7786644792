/** A place to ask, and why there: a sentence. */
export interface Place {
  url: string;
  because: string;
}

const RESOURCE = '/.well-known/oauth-protected-resource';
const OAUTH = '/.well-known/oauth-authorization-server';
const OPENID = '/.well-known/openid-configuration';

/** Leaves out places that came before. */
function distinct(places: readonly Place[]): Place[] {
  return places.filter((place, index) => places.findIndex(other => other.url === place.url) === index);
}

/**
 * Where a server's resource metadata may be, in the order to ask. RFC 9728 §3.1 and §5.1; the MCP
 * authorization specification, "Protected Resource Metadata Discovery Requirements".
 *
 * `named` is the address in the challenge, if there is one; `unusable` when it may not be asked. The path
 * form stands behind it, for servers whose challenge is wrong; the root does not, because a server that
 * names an address has said that it is not there.
 */
export function resourceMetadataPlaces(server: URL, named?: URL | 'unusable'): Place[] {
  const { origin, pathname, search } = server;
  const path = pathname === '/' ? '' : pathname;
  const inserted: Place[] = [
    {
      url: `${origin}${RESOURCE}${path}${search}`,
      because: "This is the well-known address for the server's URL: the path follows the well-known part.",
    },
  ];
  if (search !== '') {
    inserted.push({
      url: `${origin}${RESOURCE}${path}`,
      because: 'Many servers publish the same address without the query.',
    });
  }
  if (path.endsWith('/')) {
    inserted.push({
      url: `${origin}${RESOURCE}${path.slice(0, -1)}${search}`,
      because: 'Many servers publish the same address without the slash at the end.',
    });
  }
  if (named) {
    const behind = inserted.map(({ url, because }) => ({
      url,
      because: `The address in the challenge was of no use. ${because}`,
    }));
    if (named === 'unusable') return behind;
    const because = "The server's challenge names this address (resource_metadata).";
    return distinct([{ url: withoutFragment(named), because }, ...behind]);
  }
  const root = {
    url: `${origin}${RESOURCE}`,
    because: "This is the well-known address for the server's host.",
  };
  return distinct([...inserted, root]);
}

/**
 * Where an authorization server's metadata may be, in the order to ask. RFC 8414 §3.1 and §5, OpenID
 * Connect Discovery §4.1; the MCP specification, "Authorization Server Metadata Discovery".
 */
export function serverMetadataPlaces(issuer: URL): Place[] {
  const { origin } = issuer;
  // RFC 8414 §3.1: a slash at the end of the issuer is removed before anything is inserted or appended.
  const path = issuer.pathname.replace(/\/$/, '');
  if (path === '') {
    return [
      { url: `${origin}${OAUTH}`, because: 'OAuth metadata of an issuer without a path is here.' },
      { url: `${origin}${OPENID}`, because: 'OpenID metadata of an issuer without a path is here.' },
    ];
  }
  return [
    {
      url: `${origin}${OAUTH}${path}`,
      because: 'OAuth metadata of an issuer with a path is here: the path follows the well-known part.',
    },
    {
      url: `${origin}${OPENID}${path}`,
      because:
        'OpenID metadata may be published the way OAuth does it: the path follows the well-known part.',
    },
    {
      url: `${origin}${path}${OPENID}`,
      because: 'OpenID metadata of an issuer with a path is here: the well-known part follows the path.',
    },
  ];
}

/** The URL as it is asked for. */
function withoutFragment(url: URL): string {
  const copy = new URL(url);
  copy.hash = '';
  return copy.href;
}
