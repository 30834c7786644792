import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Diagnosis } from '../../src/doctor/diagnosis.ts';
import { type Installation, install } from '../support/keybridge.ts';
import type { Bend } from './bends.ts';
import { compare } from './compare.ts';
import { type Kind, right, spotsOf } from './right.ts';
import { spotOf } from './witnesses.ts';

const HOSTS = ['https://mcp.example', 'https://as.example'] as const;
/** Milliseconds a host waits for an answer. */
const PATIENCE = 15_000;
/** Seconds the doctor waits for a browser that does not come back. */
const BROWSER = '6';

/** A bent server on two ports of 127.0.0.1. */
async function serve(kind: Kind, bend: Bend) {
  const handlers = right(kind);
  const origins: string[] = [];
  const local = (text: string) =>
    HOSTS.reduce((rest, host, index) => {
      const origin = origins[index] ?? '';
      return rest.replaceAll(host, origin).replaceAll(encodeURIComponent(host), encodeURIComponent(origin));
    }, text);
  const foreign = (text: string) =>
    HOSTS.reduce((rest, host, index) => rest.replaceAll(origins[index] ?? host, host), text);
  const bent = new Set<string>();
  const servers = HOSTS.map(host =>
    createServer(async (req, res) => {
      try {
        const pieces: Buffer[] = [];
        for await (const piece of req) pieces.push(piece as Buffer);
        const { method = 'GET', url: path = '/' } = req;
        const headers = Object.entries(req.headers).flatMap(([name, value]): [string, string][] =>
          value === undefined ? [] : [[name, [value].flat().join(', ')]],
        );
        const body = Buffer.concat(pieces).toString();
        // Forms have addresses encoded.
        const named = foreign(body.includes('%3A%2F%2F') ? encodedHosts(body, origins) : body);
        const hasBody = method !== 'GET' && method !== 'HEAD';
        const request = new Request(`${host}${encodedHosts(path, origins)}`, {
          method,
          headers,
          ...(hasBody ? { body: named } : {}),
        });
        const handle = handlers[host];
        if (!handle) throw new Error('There is no such host.');
        const dialled = { method, url: request.url, headers: [] };
        const isBent = (await spotsOf(request, kind)).includes(bend.spot);
        if (isBent) bent.add(spotOf({ method, url: local(request.url) }));
        const copy = request.clone();
        const whole = await handle(request, dialled);
        const answer = isBent ? await bend.answer(whole, copy) : whole;
        const fields = [...answer.headers].map(([name, value]): [string, string] => [name, local(value)]);
        res.writeHead(answer.status, Object.fromEntries(fields));
        res.end(local(await answer.text()));
      } catch {
        req.socket.destroy();
      }
    }),
  );
  for (const server of servers) {
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    origins.push(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }
  return {
    url: `${origins[0]}/mcp`,
    bent,
    close: () => {
      for (const server of servers) {
        server.closeAllConnections();
        server.close();
      }
    },
  };
}

/** A query or a form in which the local addresses are the ones the right server has. */
function encodedHosts(text: string, origins: readonly string[]): string {
  return HOSTS.reduce(
    (rest, host, index) =>
      rest.replaceAll(encodeURIComponent(origins[index] ?? host), encodeURIComponent(host)),
    text,
  );
}

/** A bridge as a host starts it, and a call of a tool. */
async function bridge(installation: Installation, url: string): Promise<string | undefined> {
  // The first host is answered before anybody has signed in; the second hears the server itself.
  return (await use(installation, url)) ?? use(installation, url);
}

async function use(installation: Installation, url: string): Promise<string | undefined> {
  const options = { timeout: PATIENCE };
  try {
    const host = await installation.host(url);
    try {
      await host.client.listTools(undefined, options);
      await host.client.callTool({ name: 'echo', arguments: { text: 'x' } }, undefined, options);
      return undefined;
    } finally {
      await host.close();
    }
  } catch (error) {
    return (error as Error).message.split('\n')[0];
  }
}

/** What the three witnesses do not agree on, each a process of its own; nothing where they do. */
export async function disagreementOfProcesses(kind: Kind, bend: Bend): Promise<string | undefined> {
  const served = await serve(kind, bend);
  const installation = install();
  try {
    const failure = await bridge(installation, served.url);
    const args = ['doctor', served.url, '--active', '--login', '--auth-timeout', BROWSER, '--json'];
    const { code, stdout, stderr } = await installation.run(args);
    const diagnosis = readDiagnosis(stdout);
    if (!diagnosis) return `the doctor prints no report (exit code ${code})\n    ${stderr.slice(-500)}`;
    return compare({
      failure,
      diagnosis,
      isFailure: code !== 0,
      isBent: request => served.bent.has(spotOf(request)),
    });
  } finally {
    await installation.close();
    served.close();
  }
}

function readDiagnosis(text: string): Diagnosis | undefined {
  try {
    return JSON.parse(text) as Diagnosis;
  } catch {
    return undefined;
  }
}
