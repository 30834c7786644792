import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/**
 * An MCP server and its authorization server that rotate refresh tokens, in a process of their own. Told to, it
 * kills another process so many milliseconds after the answer to the next renewal has left it.
 */

interface Told {
  /** The access token there is counts no more. */
  expire?: true;
  kill?: { pid: number; after: number };
}

export interface Killed {
  /** Milliseconds from the answer's leaving to the kill. */
  after: number;
  /** For how many of them the process ran, and for how many it then slept though neither a processor nor the disk was wanting. */
  ran: number;
  asleep: number;
}

let count = 0;
let access = '';
let refresh = '';
let armed: Told['kill'];
const counters = { renewals: 0, refused: 0, codes: 0 };

process.on('message', (told: Told) => {
  if (told.expire) access = '';
  if (told.kill) armed = told.kill;
  process.send?.({ counters });
});
process.once('disconnect', () => process.exit());

const body = async (req: IncomingMessage) => {
  let text = '';
  for await (const chunk of req) text += chunk;
  return text;
};

/** How the main thread of a process stands: nanoseconds it has run, and whether it sleeps; a wait for the disk is none. */
function standing(pid: number): { ran: number; isAsleep: boolean } {
  try {
    const ran = Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]);
    const [state] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1] ?? '';
    return { ran, isAsleep: state === 'S' };
  } catch {
    return { ran: 0, isAsleep: false };
  }
}

function killLater({ pid, after }: NonNullable<Told['kill']>): void {
  const left = performance.now();
  const first = standing(pid);
  let last = { ...first, at: left };
  let asleep = 0;
  // A machine that is busy with other things keeps a process from running: that is no time it had.
  for (;;) {
    const now = { ...standing(pid), at: performance.now() };
    // Before it has run at all, the answer has not reached it: on one machine, too, something has to carry it.
    const hasArrived = last.ran > first.ran;
    if (hasArrived && now.isAsleep && last.isAsleep && now.ran === last.ran) asleep += now.at - last.at;
    last = now;
    if (now.at - left >= after) break;
  }
  process.kill(pid, 'SIGKILL');
  const killed: Killed = { after: last.at - left, asleep, ran: (last.ran - first.ran) / 1e6 };
  process.send?.({ killed });
}

function tokens(res: ServerResponse, whenLeft: () => void = () => {}): void {
  access = `access-${++count}`;
  refresh = `refresh-${count}`;
  const answer = { access_token: access, token_type: 'Bearer', expires_in: 3600, refresh_token: refresh };
  res.once('finish', whenLeft);
  json(res, answer);
}

function json(res: ServerResponse, value: object, status = 200): void {
  const text = JSON.stringify(value);
  res
    .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
    .end(text);
}

async function token(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const asked = new URLSearchParams(await body(req));
  if (asked.get('grant_type') === 'authorization_code') {
    counters.codes++;
    return tokens(res);
  }
  if (asked.get('refresh_token') !== refresh) {
    counters.refused++;
    return json(res, { error: 'invalid_grant' }, 400);
  }
  counters.renewals++;
  const kill = armed;
  armed = undefined;
  tokens(res, () => kill && killLater(kill));
}

async function mcp(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const text = await body(req);
  if (access === '' || req.headers.authorization !== `Bearer ${access}`) {
    res.writeHead(401, { 'www-authenticate': 'Bearer' }).end();
    return;
  }
  if (req.method !== 'POST') return void res.writeHead(405).end();
  const { id, method, params } = JSON.parse(text);
  if (id === undefined) return void res.writeHead(202).end();
  const result =
    method === 'initialize'
      ? {
          protocolVersion: params.protocolVersion,
          capabilities: { tools: {} },
          serverInfo: { name: 'rotating', version: '1' },
        }
      : { tools: [] };
  json(res, { jsonrpc: '2.0', id, result });
}

const server = createServer((req, res) => {
  const origin = `http://${req.headers.host}`;
  const url = new URL(req.url ?? '/', origin);
  if (url.pathname === '/mcp') return void mcp(req, res);
  if (url.pathname === '/token') return void token(req, res);
  if (url.pathname.startsWith('/.well-known/oauth-protected-resource'))
    return json(res, { resource: `${origin}/mcp`, authorization_servers: [origin] });
  if (url.pathname === '/.well-known/oauth-authorization-server')
    return json(res, {
      issuer: origin,
      authorization_endpoint: `${origin}/authorize`,
      token_endpoint: `${origin}/token`,
      registration_endpoint: `${origin}/register`,
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
    });
  if (url.pathname === '/register')
    return void body(req).then(text => json(res, { ...JSON.parse(text), client_id: 'client' }, 201));
  if (url.pathname === '/authorize') {
    const back = new URL(url.searchParams.get('redirect_uri') ?? '');
    back.search = new URLSearchParams({
      code: 'a-code',
      state: url.searchParams.get('state') ?? '',
    }).toString();
    return void res.writeHead(302, { location: back.href }).end();
  }
  res.writeHead(404).end();
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as { port: number };
  process.send?.({ url: `http://127.0.0.1:${port}/mcp` });
});
