import { type Parts, refusal, stage } from './parts.ts';
import { refused } from './small-issuer.ts';
import type { Answer, Stage } from './stage.ts';

const login = (...shows: string[]): Pick<Stage, 'further'> => ({ further: { flag: '--login', shows } });

/** Calls with a token are answered so, and those without refused as they should be. */
const signedIn =
  (answer: (parts: Parts) => Response) =>
  (parts: Parts): { server: Record<string, Answer> } => ({
    server: {
      '/mcp': request =>
        request.headers.has('authorization') && request.method === 'POST'
          ? answer(parts)
          : parts.endpoint(parts.named)(request),
    },
  });

/** The token endpoint's answer with some members changed; `undefined` takes one out. */
const tokens =
  (changed: Readonly<Record<string, unknown>>) =>
  ({ small }: Parts): { issuer: Record<string, Answer> } => ({
    issuer: {
      '/token': async request => {
        const answer = await (small.endpoints['/token'] as Answer)(request);
        if (answer.status !== 200) return answer;
        return Response.json({ ...((await answer.json()) as object), ...changed });
      },
    },
  });

/** A token endpoint that refuses every code with this error. */
const tokenError = (name: string, codes: string, about: string, error: string, description: string) =>
  stage(
    name,
    [],
    about,
    () => ({ issuer: { '/token': () => refused(error, description) } }),
    login(...codes.split(' ')),
  );

/** A sign-in that ends on a page with this text, once a client is named. */
const errorPage = (name: string, codes: string, about: string, text: string) =>
  stage(
    name,
    [],
    about,
    () => ({
      issuer: {
        '/authorize': () =>
          new Response(`<!doctype html><title>Sign in</title><p>${text}</p>`, {
            status: 400,
            headers: { 'content-type': 'text/html' },
          }),
      },
    }),
    login(...codes.split(' ')),
  );

/** What shows only once somebody has signed in. */
export const SIGNED_IN = [
  stage(
    'token-refused',
    [],
    'Refuses the token that was issued for it.',
    signedIn(({ named }) => refusal(401, `error="invalid_token", ${named}`)),
    login('MCP-01', 'TOK-12'),
  ),
  stage(
    'scope-missing',
    [],
    'The token of the first sign-in has not the scope that the first calls need.',
    signedIn(({ named }) => refusal(403, `error="insufficient_scope", scope="mcp:write", ${named}`)),
    login('MCP-03'),
  ),
  stage(
    'nothing-behind-sign-in',
    [],
    'The sign-in stands before everything, and behind it nothing takes messages.',
    signedIn(() => new Response('', { status: 405 })),
    login('MCP-13'),
  ),
  stage(
    'expires-as-text',
    [],
    'The life of the token is a text and not a number.',
    tokens({ expires_in: '0' }),
    login('TOK-10'),
  ),
  stage(
    'no-refresh-token',
    [],
    'The sign-in lasts an hour and gives no refresh token.',
    tokens({ refresh_token: undefined }),
    login('TOK-11'),
  ),
  stage(
    'scope-narrowed',
    [],
    'Grants fewer rights than were asked for.',
    tokens({ scope: 'other' }),
    login('TOK-17'),
  ),
  tokenError(
    'verifier-mismatch',
    'TOK-02',
    'The verifier does not belong to the code.',
    'invalid_grant',
    'PKCE verification failed',
  ),
  tokenError(
    'entra-web-platform',
    'TOK-03 TOK-06',
    'The redirect URI is registered for a web application at Entra ID.',
    'invalid_client',
    "AADSTS7000218: The request body must contain: 'client_assertion' or 'client_secret'.",
  ),
  tokenError(
    'entra-spa-platform',
    'TOK-04',
    'The redirect URI is registered for a page at Entra ID.',
    'invalid_request',
    'AADSTS9002327: Tokens issued for the Single-Page Application client-type may only be redeemed cross-origin.',
  ),
  tokenError(
    'entra-secret-of-public-client',
    'TOK-05 TOK-06',
    'A proxy adds a secret to the request of a public client.',
    'invalid_client',
    'AADSTS700025: Client is public so neither client_assertion nor client_secret should be presented.',
  ),
  tokenError(
    'redirect-uri-differs',
    'TOK-09',
    'The redirect URI of the token request is not that of the sign-in.',
    'invalid_grant',
    'redirect_uri does not match',
  ),
  errorPage(
    'entra-resource-conflict',
    'AZ-01',
    'Entra ID refuses a resource beside scopes of another.',
    'AADSTS9010010: The resource parameter provided in the request does not match with the requested scopes.',
  ),
  errorPage(
    'entra-scope-not-there',
    'AZ-03',
    'Entra ID does not know the scope that is asked for.',
    'AADSTS650053: The application asked for a scope that does not exist on the resource.',
  ),
  errorPage(
    'entra-consent-required',
    'AZ-05',
    'Entra ID wants the consent of an administrator.',
    'AADSTS65001: The user or administrator has not consented to use the application.',
  ),
  errorPage(
    'entra-application-not-found',
    'AZ-06 AZ-07',
    'Entra ID does not find the application in this tenant.',
    'AADSTS700016: Application was not found in the directory.',
  ),
  errorPage('unknown-state', 'CB-06', 'The server does not remember the sign-in.', 'unknown state'),
];
