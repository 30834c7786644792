import type { IncomingMessage, ServerResponse } from 'node:http';
import { answer, listenOnLoopback, readBody } from '../loopback.ts';

/** Answers one request. */
export type Answer = (request: Request) => Response | Promise<Response>;
/** What a host answers, by path: JSON, or what a function makes; everything else is 404. */
export type Answers = Readonly<Record<string, object | Answer>>;

/** Where the two hosts of a stage are. */
export interface Origins {
  server: string;
  issuer: string;
}

export interface Ports {
  port?: number;
  issuerPort?: number;
  /** False: the lab's own proxy where a stage has one, even where nginx is installed. */
  nginx?: boolean;
}

/** A staged server that runs. */
export interface Running {
  /** What is to be examined. */
  readonly url: string;
  /** Of a server behind a proxy: where it runs itself. */
  readonly inside?: string;
  /** Ends its proxy and nothing else, so that another can take its place; for nginx only. */
  endProxy?(): Promise<void>;
  close(): Promise<void>;
}

/** A server with one fault, or with none where it shows nothing, to be started by its name. */
export interface Stage {
  name: string;
  /** One line: what is wrong with it. */
  about: string;
  /** Codes of what the doctor finds there above a note. */
  shows: readonly string[];
  /** What the doctor finds besides when it may do more than look. */
  further?: { flag: '--active' | '--login'; shows: readonly string[] };
  /** Stands behind a proxy: nginx, or one of the lab's own. */
  isBehindProxy?: boolean;
  /** What else can be tried on it, after `keybridge`. */
  tries?: (url: string, inside?: string) => readonly string[];
  /** Throws `net.failed` when a port cannot be had. */
  start(ports: Ports): Promise<Running>;
}

/** A sign-in, a call and a message are far shorter. */
const MAX_BODY = 256 * 1024;

/**
 * Serves two hosts on loopback, the MCP server's and its authorization server's. Each is made once both
 * addresses are known.
 */
export async function serveBoth(
  ports: Ports,
  path: string,
  make: (origins: Origins) => { server: Answer; issuer: Answer },
): Promise<Running> {
  const starting: Answer = () => new Response('The lab is starting.\n', { status: 503 });
  let hosts = { server: starting, issuer: starting };
  const server = await listenOnLoopback(ports.port ?? 0, (req, res) => pass(req, res, hosts.server));
  try {
    const issuer = await listenOnLoopback(ports.issuerPort ?? 0, (req, res) => pass(req, res, hosts.issuer));
    hosts = make({ server: server.origin, issuer: issuer.origin });
    return {
      url: `${server.origin}${path}`,
      close: async () => {
        await Promise.all([server.close(), issuer.close()]);
      },
    };
  } catch (thrown) {
    await server.close();
    throw thrown;
  }
}

/** A host by its paths; `*` is everything that has no answer of its own. */
export function byPath(answers: Answers): Answer {
  return request => {
    const { pathname } = new URL(request.url);
    const found = answers[pathname] ?? answers['*'];
    if (typeof found === 'function') return (found as Answer)(request);
    return found ? Response.json(found) : new Response('There is nothing here.\n', { status: 404 });
  };
}

/** Hands a request of Node's on to an answer, and the answer back. */
export async function pass(req: IncomingMessage, res: ServerResponse, serve: Answer): Promise<void> {
  const body = await readBody(req, MAX_BODY);
  if (body === undefined)
    return answer(res, 413, 'text/plain', 'The message is too long.\n', { Connection: 'close' });
  const { method = 'GET', headers, url = '/' } = req;
  const fields = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, [value].flat().join(', ')] as [string, string]],
  );
  const hasBody = method !== 'GET' && method !== 'HEAD';
  const response = await serve(
    new Request(new URL(`http://${headers.host}${url}`), {
      method,
      headers: fields,
      ...(hasBody ? { body: new Uint8Array(body) } : {}),
    }),
  );
  const sent = new Headers(response.headers);
  if (!sent.has('cache-control')) sent.set('cache-control', 'no-store');
  res.writeHead(response.status, Object.fromEntries(sent));
  if (response.body && sent.get('content-type') === 'text/event-stream') return stream(response.body, res);
  res.end(Buffer.from(await response.arrayBuffer()));
}

/** Sends the head and then each piece as it comes, until one of the two sides ends it. */
async function stream(body: ReadableStream<Uint8Array>, res: ServerResponse): Promise<void> {
  res.flushHeaders();
  const reader = body.getReader();
  res.once('close', () => void reader.cancel().catch(() => {}));
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) res.write(piece.value);
  res.end();
}
