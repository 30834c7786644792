import type { JsonObject } from '../base/json.ts';
import type { ProbeKind } from '../checks/examination.ts';
import { INITIALIZE, type Question } from './plan.ts';

/** What a trial client is registered for; nobody listens there. */
const TRIAL_REDIRECT = 'http://127.0.0.1:28931/callback';
/** The same client, started another time. */
const OTHER_PORT = 'http://127.0.0.1:28932/callback';
/** A host that can belong to nobody. RFC 6761 §6.4. */
const STRANGER = 'stranger.invalid';
/** A token that nobody issued, and a verifier for a code that nobody got. RFC 7636 §4.1. */
const NO_TOKEN = 'keybridge-doctor-a-token-that-nobody-issued';
const VERIFIER = 'keybridge-doctor-verifier-for-a-code-that-nobody-got';
/** A session id that nobody was given. */
export const UNKNOWN_SESSION = '00000000-0000-4000-8000-6b6579627267';
/** The challenge of a verifier that is never used. RFC 7636 appendix B. */
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';

const CLIENT_NAME = 'Keybridge doctor (a trial, deleted where that is possible)';

const POST_MCP: Question['headers'] = [
  ['accept', 'application/json, text/event-stream'],
  ['content-type', 'application/json'],
  ['mcp-protocol-version', '2025-11-25'],
];

/** A request to the MCP endpoint with a token nobody issued. */
export function badBearerQuestion(server: URL): Question {
  return {
    kind: 'bad-bearer',
    url: server.href,
    method: 'POST',
    headers: [...POST_MCP, ['authorization', `Bearer ${NO_TOKEN}`]],
    body: INITIALIZE,
    because: 'A token that nobody issued must be answered with 401.',
  };
}

/** A call in a session that nobody opened; the user's token where there is one. Streamable HTTP, "Session Management". */
export function unknownSessionQuestion(server: URL): Question {
  return {
    kind: 'unknown-session',
    url: server.href,
    method: 'POST',
    headers: [...POST_MCP, ['mcp-session-id', UNKNOWN_SESSION]],
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
    because: 'A session that is not known must be answered with 404, so that clients begin another.',
  };
}

/** By POST, which no cache keeps: an answer built for a stranger's host must reach nobody else. */
export function forwardedHostQuestion(server: URL): Question {
  return {
    kind: 'forwarded-host',
    url: server.href,
    method: 'POST',
    headers: [...POST_MCP, ['x-forwarded-host', STRANGER]],
    body: INITIALIZE,
    because: 'Whoever asks must not decide which host the server names.',
  };
}

/** `token`: the user's own, issued for another resource. */
export function otherTokenQuestion(server: URL, token: string): Question {
  return {
    kind: 'other-token',
    url: server.href,
    method: 'POST',
    headers: [...POST_MCP, ['authorization', `Bearer ${token}`]],
    body: INITIALIZE,
    because: 'A token that was issued for another resource must be answered with 401.',
  };
}

const OURS = {
  client_name: CLIENT_NAME,
  redirect_uris: [TRIAL_REDIRECT, TRIAL_REDIRECT.replace('127.0.0.1', 'localhost')],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'none',
  application_type: 'native',
};

function registration(kind: ProbeKind, endpoint: string, about: string, because: string, client: JsonObject) {
  const question: Question = {
    kind,
    url: endpoint,
    about,
    method: 'POST',
    headers: [
      ['accept', 'application/json'],
      ['content-type', 'application/json'],
    ],
    body: JSON.stringify(client),
    because,
  };
  return question;
}

/** The registration a native client asks for. */
export function registrationQuestion(endpoint: string, issuer: string): Question {
  const because = 'A trial registration, as native clients ask for one.';
  return registration('registration', endpoint, issuer, because, OURS);
}

/** What other clients ask for, once ours was taken: as little as may be, and scopes. */
export function otherRegistrations(endpoint: string, issuer: string, listed: readonly string[]): Question[] {
  const ask = (because: string, client: JsonObject) =>
    registration('registration', endpoint, issuer, because, client);
  return [
    ask('A trial registration that leaves out all that RFC 7591 lets it leave out, its name too.', {
      redirect_uris: [TRIAL_REDIRECT],
    }),
    ...(listed.length > 0
      ? [
          ask('A trial registration for the scopes that the metadata lists.', {
            ...OURS,
            scope: listed.join(' '),
          }),
        ]
      : []),
    ask('A trial registration for the scopes that some clients ask for unasked.', {
      ...OURS,
      scope: 'openid email profile',
    }),
  ];
}

/** One thing left out, or changed, at a time: which it was that a refusal is about. */
export function narrowingRegistrations(endpoint: string, issuer: string, wasRefused: boolean): Question[] {
  const ask = (because: string, client: JsonObject) =>
    registration('registration', endpoint, issuer, because, client);
  const { application_type: _type, ...untyped } = OURS;
  const { token_endpoint_auth_method: _method, ...methodless } = OURS;
  const { client_name: _name, ...nameless } = OURS;
  const typeless = ask('A trial registration without application_type.', untyped);
  if (wasRefused) {
    const [address = '', localhost = ''] = OURS.redirect_uris;
    return [
      typeless,
      ask('A trial registration with the address 127.0.0.1 only.', { ...OURS, redirect_uris: [address] }),
      ask('A trial registration with the name localhost only.', { ...OURS, redirect_uris: [localhost] }),
      ask('A trial registration with an https redirect URI only.', {
        ...OURS,
        redirect_uris: [`https://${STRANGER}/callback`],
        application_type: 'web',
      }),
    ];
  }
  return [
    typeless,
    ask('A trial registration for authorization_code alone.', {
      ...OURS,
      grant_types: ['authorization_code'],
    }),
    ask('A trial registration without token_endpoint_auth_method.', methodless),
    ask('A trial registration without client_name.', nameless),
  ];
}

/** Registrations that a server must not take. */
export function dangerousRegistrations(endpoint: string, issuer: string): Question[] {
  const uris: [string, string[]][] = [
    ['a redirect URI that is a script', ['javascript:alert(1)']],
    ['a redirect URI without encryption on another machine', [`http://${STRANGER}/callback`]],
    ['no redirect URI at all', []],
  ];
  return uris.map(([what, redirect_uris]) =>
    registration(
      'registration-dangerous',
      endpoint,
      issuer,
      `A trial registration with ${what}; it must be refused.`,
      { ...OURS, redirect_uris },
    ),
  );
}

/** RFC 7592 §2.3. */
export function deletionQuestion(uri: string, token: string, issuer: string, clientId: string): Question {
  return {
    kind: 'registration-deleted',
    url: uri,
    about: issuer,
    method: 'DELETE',
    headers: [['authorization', `Bearer ${token}`]],
    because: `The trial client ${clientId} is to be deleted again.`,
  };
}

/** A token request without a code, so that it can come to nothing. */
export function codelessQuestion(endpoint: string, issuer: string, clientId: string): Question {
  return {
    kind: 'token-without-code',
    url: endpoint,
    about: issuer,
    method: 'POST',
    headers: [
      ['accept', 'application/json'],
      ['content-type', 'application/x-www-form-urlencoded'],
    ],
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: clientId,
      redirect_uri: TRIAL_REDIRECT,
      code_verifier: VERIFIER,
    }).toString(),
    because: 'A token request without a code must be refused with an error in JSON.',
  };
}

/** The beginning of a sign-in, without and with PKCE; nobody signs in. */
export function authorizeQuestions(
  endpoint: string,
  issuer: string,
  clientId: string,
  { resource, scope }: { resource: string | undefined; scope: string | undefined },
): Question[] {
  const ask = (kind: ProbeKind, because: string, more: Record<string, string>): Question => {
    const url = new URL(endpoint);
    const parameters = {
      response_type: 'code',
      client_id: clientId,
      redirect_uri: TRIAL_REDIRECT,
      state: 'keybridge-doctor',
      ...(resource ? { resource } : {}),
      ...(scope === undefined ? {} : { scope }),
      ...more,
    };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    return { kind, url: url.href, about: issuer, method: 'GET', headers: [['accept', 'text/html']], because };
  };
  const pkce = { code_challenge: CHALLENGE, code_challenge_method: 'S256' };
  return [
    ask('authorize-without-pkce', 'A sign-in without code_challenge must be refused.', {}),
    ask('authorize-with-pkce', 'The same sign-in with code_challenge, to compare.', pkce),
    ask('authorize-other-port', 'The same on another loopback port; any port must do (RFC 8252 §7.3).', {
      ...pkce,
      redirect_uri: OTHER_PORT,
    }),
  ];
}
