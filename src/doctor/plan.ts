import type { HeaderList } from '../base/world.ts';
import type { ProbeKind } from '../checks/examination.ts';

/** One request to be made, and why. */
export interface Question {
  kind: ProbeKind;
  url: string;
  because: string;
  about?: string;
  method: 'GET' | 'HEAD' | 'POST' | 'OPTIONS' | 'DELETE';
  headers: HeaderList;
  body?: string;
}

const RESOURCE = '/.well-known/oauth-protected-resource';
const OAUTH = '/.well-known/oauth-authorization-server';
const OPENID = '/.well-known/openid-configuration';

const JSON_HEADERS: HeaderList = [
  ['accept', 'application/json, text/event-stream'],
  ['content-type', 'application/json'],
];
const DOCUMENT: HeaderList = [['accept', 'application/json']];

export const INITIALIZE = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'keybridge-doctor', version: '1' },
  },
});

const MODERN = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'server/discover',
  params: {
    _meta: {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
      'io.modelcontextprotocol/clientInfo': { name: 'keybridge-doctor', version: '1' },
    },
  },
});

/** What is asked of the MCP endpoint itself. */
export function endpointQuestions(server: URL): Question[] {
  const url = server.href;
  const other = new URL(server);
  other.pathname = server.pathname.endsWith('/') ? server.pathname.slice(0, -1) : `${server.pathname}/`;
  const post = { method: 'POST' as const, headers: JSON_HEADERS };
  return [
    {
      kind: 'head',
      url,
      method: 'HEAD',
      headers: [],
      because: 'A server that only takes POST answers HEAD with 405.',
    },
    {
      kind: 'get',
      url,
      method: 'GET',
      headers: [['accept', 'text/event-stream']],
      because: 'GET opens the server’s own stream, or is answered 405.',
    },
    {
      kind: 'post-empty',
      url,
      ...post,
      body: '{}',
      because: 'Without a token it should answer 401 and say where to sign in.',
    },
    {
      kind: 'post-initialize',
      url,
      ...post,
      body: INITIALIZE,
      because: 'This is how clients up to 2025-11-25 begin.',
    },
    {
      kind: 'post-modern',
      url,
      ...post,
      headers: [...JSON_HEADERS, ['mcp-protocol-version', '2026-07-28'], ['mcp-method', 'server/discover']],
      body: MODERN,
      because: 'This is how clients of 2026-07-28 begin.',
    },
    {
      kind: 'post-other-slash',
      url: other.href,
      ...post,
      body: INITIALIZE,
      because: 'People write the address with and without the slash at its end.',
    },
    {
      kind: 'preflight',
      url,
      method: 'OPTIONS',
      headers: [
        ['origin', 'https://client.example'],
        ['access-control-request-method', 'POST'],
        ['access-control-request-headers', 'authorization,content-type,mcp-protocol-version,mcp-session-id'],
      ],
      because: 'A client in a browser asks this first.',
    },
    {
      kind: 'post-origin',
      url,
      ...post,
      headers: [...JSON_HEADERS, ['origin', 'https://client.example']],
      body: '{}',
      because: 'A client in a browser names its origin.',
    },
  ];
}

/** Where the endpoint may be instead. Asked only when nothing is where it was looked for. */
export function elsewhereQuestions(server: URL): Question[] {
  const { origin, pathname } = server;
  const path = pathname.replace(/\/$/, '');
  const prefix = path.slice(0, path.indexOf('/', 1) + 1).replace(/\/$/, '');
  const places: [string, string][] = [
    ['/mcp', 'Many servers have their endpoint here.'],
    ['/', 'Some servers have their endpoint at the root.'],
    [`${path}/mcp`, 'The address may be that of the application and not of its endpoint.'],
    [`${path}/sse`, 'Servers before 2025-03-26 have an event stream here.'],
    ['/sse', 'Servers before 2025-03-26 have an event stream here.'],
    ...(prefix === ''
      ? []
      : [
          [`${prefix}${path}`, 'An ingress that takes the prefix off needs it twice.'] as [string, string],
          [path.slice(prefix.length), 'An ingress may have lost the prefix on the way.'] as [string, string],
        ]),
  ];
  const post = { method: 'POST' as const, headers: JSON_HEADERS, body: INITIALIZE };
  const get = { method: 'GET' as const, headers: [['accept', 'text/event-stream']] as HeaderList };
  return places
    .filter(([each], index) => each !== pathname && places.findIndex(other => other[0] === each) === index)
    .map(([each, because]) => ({
      kind: 'endpoint-elsewhere',
      url: `${origin}${each}`,
      because,
      ...(each.endsWith('/sse') ? get : post),
    }));
}

/** A question for a document. */
function document(kind: ProbeKind, url: string, because: string, about?: string): Question {
  return { kind, url, because, method: 'GET', headers: DOCUMENT, ...(about === undefined ? {} : { about }) };
}

/** Where the resource metadata is looked for that needs no answer before it. */
export function resourceQuestions(server: URL): Question[] {
  const { origin } = server;
  const path = server.pathname === '/' ? '' : server.pathname;
  const root = `${origin}${RESOURCE}`;
  const questions = [
    document(
      'resource-path',
      `${root}${path}${server.search}`,
      'RFC 9728 §3.1 puts it here: the path follows the well-known part.',
    ),
    {
      ...document('no-user-agent', `${root}${path}`, 'Some clients send no User-Agent; some firewalls mind.'),
      headers: [...DOCUMENT, ['user-agent', '']] as HeaderList,
    },
    {
      ...document('resource-origin', `${root}${path}`, 'A client in a browser names its origin here, too.'),
      headers: [...DOCUMENT, ['origin', 'https://client.example']] as HeaderList,
    },
  ];
  if (path === '') return questions;
  if (path.endsWith('/')) {
    questions.push(
      document(
        'resource-path',
        `${root}${path.slice(0, -1)}${server.search}`,
        'Many servers publish it without the slash at the end.',
      ),
    );
  }
  return [
    ...questions,
    document('resource-root', root, 'Clients ask here next: the well-known address of the host.'),
    document(
      'resource-other-path',
      `${root}/no-such-path-keybridge-doctor`,
      'Nothing is here; a server that answers all the same has one document for every path.',
    ),
  ];
}

/** The most places where a document that is not where it belongs is looked for. */
const MOST_STRAYS = 8;

/** Where the resource metadata strays to. Asked only when it is at none of the right places. */
export function strayQuestions(server: URL): Question[] {
  const { origin, pathname } = server;
  const path = pathname.replace(/\/$/, '');
  const segments = path.split('/').slice(1);
  if (path === '') return [];
  const under = segments.flatMap((_, index) => {
    const prefix = `/${segments.slice(0, index + 1).join('/')}`;
    const because = `It must not be here, and often is: under ${prefix}, where the application is mounted.`;
    const rest = path.slice(prefix.length);
    const ends = rest === '' ? [''] : [path, rest, ''];
    return ends.map(end =>
      document('resource-elsewhere', `${origin}${prefix}${RESOURCE}${end}`, because, prefix),
    );
  });
  const twice = document(
    'resource-elsewhere',
    `${origin}${RESOURCE}${path}${path}`,
    'It must not be here, and sometimes is: with the path twice.',
  );
  return [twice, ...under].slice(0, MOST_STRAYS);
}

/** A document that came out of a cache, asked for past the cache. */
export function freshQuestion(url: string, now: number): Question {
  const fresh = new URL(url);
  fresh.searchParams.set('keybridge-doctor', String(now));
  return document(
    'resource-fresh',
    fresh.href,
    'The document came out of a cache; this asks for it past the cache.',
  );
}

/** The address that the challenge names, or the user in its place. */
export function namedResourceQuestion(url: string, byUser = false): Question {
  const because = byUser
    ? 'The command line names this address in place of the challenge.'
    : 'The challenge names this address (resource_metadata).';
  return document('resource-named', url, because);
}

/** Every place where clients look for an issuer's metadata, and some where it only strays to. */
export function serverQuestions(issuer: URL, about: string): Question[] {
  const { origin } = issuer;
  const path = issuer.pathname.replace(/\/$/, '');
  const ask = (kind: ProbeKind, url: string, because: string): Question => ({
    kind,
    url,
    because,
    about,
    method: 'GET',
    headers: DOCUMENT,
  });
  const oauth = ask('server-oauth', `${origin}${OAUTH}${path}`, 'RFC 8414 §3.1 puts OAuth metadata here.');
  const openid = ask(
    'server-openid-appended',
    `${origin}${path}${OPENID}`,
    'OpenID Connect Discovery §4 puts its metadata here.',
  );
  if (path === '') return [oauth, openid];
  return [
    oauth,
    ask('server-openid-inserted', `${origin}${OPENID}${path}`, 'RFC 8414 §5 allows OpenID metadata here.'),
    openid,
    ask(
      'server-elsewhere',
      `${origin}${OAUTH}`,
      'It must not be here for an issuer with a path, and often is.',
    ),
    ask(
      'server-elsewhere',
      `${origin}${path}${OAUTH}`,
      'It must not be here, and sometimes is: OAuth’s name appended.',
    ),
  ];
}

/**
 * Where some clients look besides: behind the path, or without the query, for resource metadata, and, when nobody names an authorization
 * server or the one named has no metadata, on the server's own host. Not what is asked for the issuers anyway.
 */
export function fallbackQuestions(server: URL, issuers: readonly string[]): Question[] {
  const { origin } = server;
  const urls = issuers.flatMap(issuer => URL.parse(issuer) ?? []);
  const asked = urls.flatMap(issuer => serverQuestions(issuer, issuer.href).map(({ url }) => url));
  const path = server.pathname.replace(/\/$/, '');
  const ends = path === '' ? [] : [`${OAUTH}${path}`, `${OPENID}${path}`, `${path}${OPENID}`];
  const places = [OAUTH, OPENID, ...ends].map(end => origin + end).filter(url => !asked.includes(url));
  const behind = document(
    'fallback-resource',
    `${origin}${path}${RESOURCE}`,
    'The Rust SDK looks here before it looks at the root.',
  );
  const bare = document(
    'fallback-resource',
    `${origin}${RESOURCE}${path}`,
    'Most clients leave out the query when they look for resource metadata.',
  );
  return [
    ...(server.search === '' ? [] : [bare]),
    ...(path === '' ? [] : [behind]),
    ...places.map(url =>
      document(
        'fallback-server',
        url,
        'Some clients look here when no authorization server is named, or the one named has no metadata.',
      ),
    ),
  ];
}

export function jwksQuestion(url: string, about: string): Question {
  return {
    kind: 'jwks',
    url,
    about,
    because: 'Tokens are checked with these keys.',
    method: 'GET',
    headers: DOCUMENT,
  };
}

/** Said of an address that no metadata names. */
const BY_USER = ' The command line names this address in place of the metadata.';

/** What a browser asks before a client that runs in it may redeem a code. */
export function tokenPreflightQuestion(url: string, about: string, byUser = false): Question {
  return {
    kind: 'token-preflight',
    url,
    about,
    because: `A client in a browser asks this before it redeems a code.${byUser ? BY_USER : ''}`,
    method: 'OPTIONS',
    headers: [
      ['origin', 'https://client.example'],
      ['access-control-request-method', 'POST'],
    ],
  };
}

/** The page a browser would be sent to. Without a client it shows an error; its header fields are what matters. */
export function authorizeQuestion(url: string, about: string, byUser = false): Question {
  return {
    kind: 'authorize-page',
    url,
    about,
    because: `The page where the user signs in must be there, and must let the browser go back.${byUser ? BY_USER : ''}`,
    method: 'GET',
    headers: [['accept', 'text/html']],
  };
}
