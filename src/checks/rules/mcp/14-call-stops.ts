import { generalCheck } from '../../general.ts';
import { AUTHORIZATION, TRANSPORTS } from '../../references.ts';
import type { Answer } from '../../view.ts';

const isSignedIn = ({ exchange }: Answer) =>
  exchange.request.headers.some(([name]) => name.toLowerCase() === 'authorization');

/** What no other rule knows. */
export const check = generalCheck({
  code: 'MCP-14',
  name: 'call-stops',
  references: [TRANSPORTS, AUTHORIZATION],
  place: 'call',
  follows: ['NET-05', 'NET-07', 'NET-13', 'MCP-01', 'MCP-02', 'MCP-03', 'MCP-13'],
  what: (_, answer) =>
    `A call ${answer && isSignedIn(answer) ? 'with a token that was issued a moment ago' : 'that needs no sign-in'}`,
  remedy: () =>
    'Find this request in the log of the server, or of what is in front of it. A call with a valid token is to be answered with 200 and a JSON-RPC result, a token that is not valid with 401.',
});
