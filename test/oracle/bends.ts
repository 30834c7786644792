import { isObject, type Json, type JsonObject, parseJson } from '../../src/base/json.ts';
import type { Random } from './random.ts';
import type { Kind, Spot } from './right.ts';
import { SPOTS } from './right.ts';

/** One thing that is wrong with one answer. */
export interface Bend {
  spot: Spot;
  /** In a few words, for whoever reads of a disagreement. */
  what: string;
  /** The answer in place of the right one. */
  answer(right: Response, request: Request): Response | Promise<Response>;
}

type Change = Omit<Bend, 'spot'>;

const STATUSES = [
  200, 201, 202, 204, 400, 401, 403, 404, 405, 406, 409, 410, 415, 421, 422, 429, 451, 500, 501, 502, 503,
  504,
];
const PAGE =
  '<!doctype html><html><head><title>Oracle</title><style>p{}</style></head><body><p>This page is in the way &amp; knows no protocol.</p></body></html>';

const bodyFor = (status: number, body: string): BodyInit | null => (status === 204 ? null : body);

const STATUS = (random: Random): Change => {
  const status = random.of(STATUSES);
  const form = random.of(['nothing', 'json', 'text', 'page', 'rpc'] as const);
  const bodies = {
    nothing: ['', undefined],
    json: [
      JSON.stringify({ error: 'oracle_error', error_description: 'The oracle bent this answer.' }),
      'application/json',
    ],
    text: ['The oracle bent this answer.', 'text/plain'],
    page: [PAGE, 'text/html'],
    rpc: [
      JSON.stringify({
        jsonrpc: '2.0',
        id: null,
        error: { code: -32000, message: 'The oracle bent this answer.' },
      }),
      'application/json',
    ],
  } as const;
  const [body, type] = bodies[form];
  return {
    what: `status ${status} with ${form}`,
    answer: () =>
      new Response(bodyFor(status, body), {
        status,
        headers: type === undefined ? {} : { 'content-type': type },
      }),
  };
};

const BARE_STATUS = (random: Random): Change => {
  const status = random.of(STATUSES);
  return {
    what: `status ${status}, the rest as it was`,
    answer: async right => {
      const text = await right.text();
      return new Response(bodyFor(status, text), { status, headers: right.headers });
    },
  };
};

const HEADER = (random: Random): Change => {
  const name = random.of(['content-type', 'www-authenticate', 'location', 'cache-control']);
  const value = random.of([
    undefined,
    '',
    'text/plain',
    'text/html',
    'application/octet-stream',
    'nonsense; ===',
  ]);
  return {
    what: `${name}: ${value ?? '(left out)'}`,
    answer: async right => {
      const headers = new Headers(right.headers);
      if (value === undefined) headers.delete(name);
      else headers.set(name, value);
      // What has a body gets a type from somewhere; here it has none.
      const body = [204, 304].includes(right.status) ? null : new Uint8Array(await right.arrayBuffer());
      return new Response(body, { status: right.status, headers });
    },
  };
};

const AT = 'https://mcp.example/.well-known/oauth-protected-resource/mcp';
const CHALLENGES = [
  `Bearer realm="x" resource_metadata="${AT}" scope="mcp"`,
  `Bearer resource_metadata='${AT}'`,
  `Bearer resource_metadata=${AT}`,
  'Bearer resource_metadata="/.well-known/oauth-protected-resource/mcp"',
  `Bearer resource_metadata="${AT}", resource_metadata="https://mcp.example/other"`,
  `Bearer resource_metadata="https://mcp.example/other", resource_metadata="${AT}"`,
  `bearer RESOURCE_METADATA="${AT}"`,
  `Basic realm="x", Bearer resource_metadata="${AT}"`,
  `Bearer realm="x", Bearer resource_metadata="${AT}"`,
  'Basic realm="x"',
  'Negotiate',
  'Bearer',
  'Bearer error="invalid_token"',
  'Bearer scope="mcp"',
  `Bearer resource_metadata="${AT}`,
  `Bearer resource_metadata="" , realm="x"`,
  `Bearer error="invalid_token", error_description="No token, "really"", resource_metadata="${AT}"`,
];

const CHALLENGE = (random: Random): Change => {
  const value = random.of(CHALLENGES);
  return {
    what: `challenge ${value}`,
    answer: right => {
      const headers = new Headers(right.headers);
      if (headers.has('www-authenticate')) headers.set('www-authenticate', value);
      return new Response(right.body, { status: right.status, headers });
    },
  };
};

const MEMBER = (random: Random): Change => {
  const pick = random.next();
  const how = random.of([
    'left out',
    'null',
    'empty',
    'empty list',
    'number',
    'object',
    'list',
    'text',
    'true',
    'relative',
    'upper case',
    'other case',
    'slash',
    'doubled',
    'http',
    'spaces',
  ] as const);
  return {
    what: `member ${Math.floor(pick * 100)} ${how}`,
    answer: async right => {
      const text = await right.text();
      const prefix = /^event: message\ndata: /.exec(text)?.[0] ?? '';
      const value = parseJson(text.slice(prefix.length).trim());
      const inner = isObject(value) && isObject(value.result) ? value.result : value;
      const names = isObject(inner) ? Object.keys(inner) : [];
      const name = names[Math.floor(pick * names.length)];
      if (!isObject(value) || !isObject(inner) || name === undefined)
        return new Response(right.status === 204 ? null : text, {
          status: right.status,
          headers: right.headers,
        });
      const bent = JSON.stringify(changed(inner, name, how));
      const doubled = how === 'doubled' ? bent.replace('{', `{${JSON.stringify(name)}:"doubled",`) : bent;
      const whole =
        inner === value
          ? doubled
          : JSON.stringify({ ...value, result: 0 }).replace('"result":0', `"result":${doubled}`);
      return new Response(prefix === '' ? whole : `${prefix}${whole}\n\n`, {
        status: right.status,
        headers: right.headers,
      });
    },
  };
};

function changed(object: JsonObject, name: string, how: string): JsonObject {
  const { [name]: value = null, ...rest } = object;
  const put = (each: Json): JsonObject => ({ ...object, [name]: each });
  const map = (change: (text: string) => string): JsonObject =>
    put(
      typeof value === 'string'
        ? change(value)
        : Array.isArray(value)
          ? value.map(each => (typeof each === 'string' ? change(each) : each))
          : value,
    );
  switch (how) {
    case 'left out':
      return rest;
    case 'null':
      return put(null);
    case 'empty':
      return put('');
    case 'empty list':
      return put([]);
    case 'number':
      return put(7);
    case 'object':
      return put({});
    case 'list':
      return put([value]);
    case 'text':
      return put(JSON.stringify(value));
    case 'true':
      return put(true);
    case 'relative':
      return map(text => URL.parse(text)?.pathname ?? `/${text}`);
    case 'upper case':
      return map(text => text.toUpperCase());
    case 'other case':
      return { ...rest, [name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())]: value };
    case 'slash':
      return map(text => (text.endsWith('/') ? text.slice(0, -1) : `${text}/`));
    case 'http':
      return map(text => text.replace(/^https:/, 'http:'));
    case 'spaces':
      return map(text => ` ${text} `);
    default:
      return object;
  }
}

const BODY = (random: Random): Change => {
  const how = random.of(['page', 'nothing', 'cut', 'list', 'mark', 'text', 'null', 'number'] as const);
  return {
    what: `body: ${how}`,
    answer: async right => {
      const text = await right.text();
      const bodies = {
        page: PAGE,
        nothing: '',
        cut: text.slice(0, Math.floor(text.length / 2)),
        list: `[${text}]`,
        mark: `\ufeff${text}`,
        text: 'OK',
        null: 'null',
        number: '1',
      };
      const headers = new Headers(right.headers);
      if (how === 'page') headers.set('content-type', 'text/html');
      return new Response([204, 304].includes(right.status) ? null : bodies[how], {
        status: right.status,
        headers,
      });
    },
  };
};

const REDIRECT = (random: Random): Change => {
  const status = random.of([301, 302, 303, 307, 308]);
  const to = random.of([
    '/login',
    '',
    'https://login.example/',
    '/mcp/',
    'http://mcp.example/mcp',
    '//',
    undefined,
  ]);
  return {
    what: `redirect ${status} to ${to ?? 'nowhere'}`,
    answer: (_, request) =>
      new Response('', {
        status,
        headers: to === undefined ? {} : { location: to === '' ? request.url : to },
      }),
  };
};

const SILENCE = (random: Random): Change =>
  random.next() < 0.5
    ? { what: 'no answer ever', answer: () => new Promise<Response>(() => {}) }
    : {
        what: 'the connection breaks',
        answer: () => {
          throw new Error('The connection broke.');
        },
      };

const GATES: readonly [string, number, Record<string, string>, string][] = [
  [
    'Cloudflare Access',
    403,
    { 'content-type': 'text/html', 'set-cookie': 'CF_AppSession=1; Path=/' },
    '<!doctype html><title>Access denied</title><p>Forbidden. You do not have permission to view this.</p>',
  ],
  [
    'IAP',
    401,
    { 'x-goog-iap-generated-response': 'true', 'content-type': 'text/html' },
    'Invalid IAP credentials: empty token',
  ],
  [
    'Vercel',
    401,
    { 'content-type': 'text/html', 'set-cookie': '_vercel_sso_nonce=1; Path=/' },
    '<!doctype html><title>Authentication Required</title><p>Vercel Authentication</p>',
  ],
  ['Easy Auth', 401, { 'www-authenticate': 'Bearer realm="x"', 'x-ms-middleware-request-id': '1' }, ''],
  [
    'oauth2-proxy',
    403,
    { 'content-type': 'text/html' },
    '<!doctype html><title>Sign In</title><p>Sign in with OpenID Connect</p><footer>Secured with OAuth2 Proxy</footer>',
  ],
  [
    'Cloud Run',
    403,
    { 'content-type': 'text/html; charset=UTF-8', server: 'Google Frontend' },
    '<html><title>403 Forbidden</title><h1>Error: Forbidden</h1><h2>Your client does not have permission to get URL <code>/mcp</code> from this server.</h2></html>',
  ],
  [
    'a gate of its own',
    200,
    { 'content-type': 'text/html' },
    '<!doctype html><title>Welcome</title><p>Please sign in to go on.</p>',
  ],
  [
    'a bot filter',
    403,
    { 'content-type': 'text/html', 'cf-mitigated': 'challenge', server: 'cloudflare' },
    '<!doctype html><title>Just a moment...</title>',
  ],
  ['a health document', 200, { 'content-type': 'application/json' }, '{"status":"ok"}'],
  [
    'an MCP handler',
    406,
    { 'content-type': 'application/json' },
    '{"jsonrpc":"2.0","id":"server-error","error":{"code":-32600,"message":"Not Acceptable: Client must accept text/event-stream"}}',
  ],
];

const GATE = (random: Random): Change => {
  const [name, status, headers, body] = random.of(GATES);
  return { what: `the page of ${name}`, answer: () => new Response(body, { status, headers }) };
};

const CHANGES = [STATUS, BARE_STATUS, HEADER, MEMBER, MEMBER, MEMBER, BODY, REDIRECT, SILENCE, GATE];

/** A bend at random, of a spot that this kind of server has. */
export function bendAtRandom(random: Random, kind: Kind): Bend {
  const has = (spot: Spot) =>
    kind === 'open' ? ['initialize', 'initialized', 'list', 'everything', 'endpoint'].includes(spot) : true;
  const spot = random.of(SPOTS.filter(has));
  const isRefusal = spot === 'opening' && random.next() < 0.5;
  const change = isRefusal ? CHALLENGE(random) : random.of(CHANGES)(random);
  return { spot, ...change };
}
