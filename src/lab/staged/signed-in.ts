import { type Parts, refusal, stage } from './parts.ts';
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
];
