import { mcpEndpoint, RESOURCE, resourceDocument } from './parts.ts';
import { keep, OAUTH, OPENID, refused, type SmallIssuer, smallIssuer } from './small-issuer.ts';
import { type Answer, byPath, type Origins, type Stage, serveBoth } from './stage.ts';

const CALLBACK = '/oauth/callback';
const AUTHORIZE = '/oauth2/v2.0/authorize';
const TOKEN = '/oauth2/v2.0/token';

/** What Entra ID says to a request for tokens without a verifier. */
const MALFORMED =
  'AADSTS9002313: Invalid request. Request is malformed or invalid. Trace ID: 0 Correlation ID: 0';

/**
 * An MCP server that passes the sign-in on to an identity provider, with the paths of aks-mcp. `callback` is
 * what it does when the provider sends the browser back to it.
 */
function relay(
  { server, issuer }: Origins,
  provider: SmallIssuer,
  callback: (parameters: URLSearchParams, takeRedirect: (state: string) => string | undefined) => Response,
  allowed: (redirectUri: string) => boolean,
): Answer {
  const pending = new Map<string, string>();
  /** Each state is good once. */
  const takeRedirect = (state: string) => {
    const found = pending.get(state);
    pending.delete(state);
    return found;
  };
  const document = {
    ...smallIssuer({ issuer: server }).document,
    authorization_endpoint: `${server}${AUTHORIZE}`,
    token_endpoint: `${server}${TOKEN}`,
    registration_endpoint: `${server}/oauth/register`,
  };
  return byPath({
    '/mcp': mcpEndpoint(`resource_metadata="${server}${RESOURCE}/mcp"`, token => provider.knows(token)),
    [`${RESOURCE}/mcp`]: resourceDocument(`${server}/mcp`, server),
    [OAUTH]: document,
    [OPENID]: document,
    '/oauth/register': provider.endpoints['/register'] ?? {},
    [AUTHORIZE]: (request: Request) => {
      const asked = new URL(request.url).searchParams;
      const [redirectUri, state] = [asked.get('redirect_uri') ?? '', asked.get('state') ?? ''];
      if (!asked.get('code_challenge')) return refused('invalid_request', 'code_challenge is missing');
      if (!allowed(redirectUri)) return refused('invalid_request', 'redirect_uri is not registered');
      keep(pending, state, redirectUri);
      // Entra ID refuses a request that names a resource (AADSTS9010010).
      asked.delete('resource');
      asked.set('redirect_uri', `${server}${CALLBACK}`);
      return Response.redirect(`${issuer}/authorize?${asked}`, 302);
    },
    [CALLBACK]: (request: Request) => callback(new URL(request.url).searchParams, takeRedirect),
    [TOKEN]: async (request: Request) => {
      const form = new URLSearchParams(await request.text());
      form.delete('resource');
      // The code was issued for the server's own callback.
      if (form.has('redirect_uri')) form.set('redirect_uri', `${server}${CALLBACK}`);
      return passOn(provider, '/token', form);
    },
  });
}

async function passOn(provider: SmallIssuer, path: string, form: URLSearchParams): Promise<Response> {
  const answer = provider.endpoints[path] as Answer;
  return answer(new Request('http://127.0.0.1/', { method: 'POST', body: form.toString() }));
}

/** 302 to the client with whatever came: the client redeems the code, with the verifier only it has. */
function sendBack(
  parameters: URLSearchParams,
  takeRedirect: (state: string) => string | undefined,
): Response {
  const back = URL.parse(takeRedirect(parameters.get('state') ?? '') ?? '');
  if (!back) return refused('invalid_request', 'unknown state');
  for (const name of ['code', 'error', 'error_description', 'state']) {
    const value = parameters.get(name);
    if (value !== null) back.searchParams.set(name, value);
  }
  return Response.redirect(back, 302);
}

/** The user, or an administrator, says no at the provider. */
function declined(parameters: URLSearchParams, takeRedirect: (state: string) => string | undefined) {
  const state = parameters.get('state') ?? '';
  const error_description = 'AADSTS65004: User declined to consent to access the app.';
  return sendBack(new URLSearchParams({ state, error: 'access_denied', error_description }), takeRedirect);
}

/** What it knew of the sign-ins under way went with a restart. */
const forgetful = (parameters: URLSearchParams): Response => sendBack(parameters, () => undefined);

/** Redeems the code itself. Without a verifier the provider refuses, and the user is left with this page. */
function redeemItself(): Response {
  const text = `<!doctype html><title>Error</title><p>Token exchange failed: ${MALFORMED}</p>`;
  return new Response(text, { status: 500, headers: { 'content-type': 'text/html' } });
}

function staged(
  name: string,
  about: string,
  shows: readonly string[],
  callback = sendBack,
  allowed: (redirectUri: string) => boolean = () => true,
): Stage {
  return {
    name,
    about,
    shows: [],
    further: { flag: '--login', shows },
    start: ports =>
      serveBoth(ports, '/mcp', origins => {
        const provider = smallIssuer({ issuer: origins.issuer });
        return {
          server: relay(origins, provider, callback, allowed),
          issuer: byPath({
            ...provider.endpoints,
            '/authorize': (request: Request) =>
              new URL(request.url).searchParams.has('resource')
                ? refused('invalid_target', 'AADSTS9010010: The resource parameter does not match.')
                : (provider.endpoints['/authorize'] as Answer)(request),
          }),
        };
      }),
  };
}

/** Servers that pass the sign-in on, as aks-mcp does. They differ after the sign-in, so sign in to see it. */
export const RELAYS = [
  staged('relay-right', 'Passes the sign-in on to an identity provider and the code back to the client.', []),
  staged('aks-mcp-paths', 'The same by another name: the paths are those of aks-mcp.', []),
  staged(
    'relay-redeems-itself',
    'Redeems the code itself, without the client’s verifier, and fails.',
    ['CB-04', 'TOK-01'],
    redeemItself,
  ),
  staged(
    'relay-error-forwarded',
    'The identity provider refuses, and the error reaches the client as it should.',
    [],
    declined,
  ),
  staged(
    'relay-state-unknown',
    'Does not remember the sign-in that comes back from the identity provider.',
    ['CB-06'],
    forgetful,
  ),
  staged(
    'relay-redirects-listed',
    'Takes the redirect URI of one client only.',
    ['AZ-04'],
    sendBack,
    uri => uri === 'http://localhost:6274/oauth/callback',
  ),
];
