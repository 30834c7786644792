import { createServer, type RequestListener, type ServerResponse, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DemoInMemoryAuthProvider } from '@modelcontextprotocol/sdk/examples/server/demoInMemoryOAuthProvider.js';
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js';
import {
  getOAuthProtectedResourceMetadataUrl,
  mcpAuthRouter,
} from '@modelcontextprotocol/sdk/server/auth/router.js';
import { createMcpExpressApp } from '@modelcontextprotocol/sdk/server/express.js';
import Provider from 'oidc-provider';
import { afterEach, describe, expect, test } from 'vitest';
import type { Examination } from '../../src/checks/examination.ts';
import { flat } from '../../src/checks/judge.ts';
import { examineActively } from '../../src/doctor/active.ts';
import { examine } from '../../src/doctor/examine.ts';
import { openTrace } from '../../src/trace/record.ts';
import { paths } from '../support/discovery.ts';
import { examined, findings, ISSUER, RIGHT, SERVER } from '../support/examination.ts';
import { fakeWorld, type Handler } from '../support/fake-world.ts';

// Authorization servers that others have written, as they are when nobody configures anything, behind TLS.

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** An http server on this machine, reached as if a proxy that ends TLS stood before it. */
async function behindTls(listener: RequestListener): Promise<Handler> {
  const server = createServer(listener);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  return async request => {
    const asked = Buffer.from(await request.arrayBuffer());
    const { pathname, search, host } = new URL(request.url);
    const headers = { ...Object.fromEntries(request.headers), host, 'x-forwarded-proto': 'https' };
    return new Promise((resolve, reject) => {
      send({ port, method: request.method, path: pathname + search, headers, agent: false }, async answer => {
        const pieces: Buffer[] = [];
        for await (const piece of answer) pieces.push(piece as Buffer);
        const fields = answer.rawHeaders.flatMap((name, index, all): [string, string][] =>
          index % 2 === 0 ? [[name, all[index + 1] ?? '']] : [],
        );
        const { statusCode: status = 500 } = answer;
        const body = [204, 304].includes(status) ? null : Buffer.concat(pieces);
        resolve(new Response(body, { status, headers: fields }));
      })
        .on('error', reject)
        .end(asked);
    });
  };
}

/** With trial clients and made-up tokens as well. */
async function actively(handler: Handler, url = SERVER): Promise<Examination> {
  const world = fakeWorld({ servers: { 'https://mcp.example': paths(RIGHT), [ISSUER]: handler } });
  const { trace, root } = openTrace(world);
  const passive = await examine(new URL(url), 'server', root, trace, world);
  return examineActively(passive, root, trace, world);
}

const above = (examination: Examination) =>
  flat(findings(examination))
    .filter(({ severity }) => severity !== 'note')
    .map(({ code, title }) => `${code} ${title}`);

describe('nothing above a note is found', () => {
  test('in oidc-provider', async () => {
    const provider = new Provider(ISSUER, { features: { registration: { enabled: true } } });
    Object.assign(provider, { proxy: true });
    const handler = await behindTls(provider.callback());
    expect(above(await examined({}, {}, { [ISSUER]: handler }))).toEqual([]);
    const scopes = ['openid', 'offline_access', 'mcp'];
    const knowing = new Provider(ISSUER, { scopes, features: { registration: { enabled: true } } });
    Object.assign(knowing, { proxy: true });
    const active = await actively(await behindTls(knowing.callback()));
    expect(active.trials?.length).toBeGreaterThan(0);
    expect(above(active)).toEqual([]);
  });

  test('in oidc-provider as it comes, examined by itself', async () => {
    const provider = new Provider(ISSUER, {});
    Object.assign(provider, { proxy: true });
    const handler = await behindTls(provider.callback());
    const examination = await examined({}, {}, { [ISSUER]: handler }, ISSUER, { kind: 'issuer' });
    expect(above(examination)).toEqual([]);
  });

  test('in a server and its issuer made with the official SDK', async () => {
    const resourceServerUrl = new URL('/mcp', ISSUER);
    const provider = new DemoInMemoryAuthProvider();
    const app = createMcpExpressApp({ host: '0.0.0.0' });
    const issuerUrl = new URL(ISSUER);
    app.use(mcpAuthRouter({ provider, issuerUrl, resourceServerUrl, scopesSupported: ['mcp'] }));
    const resourceMetadataUrl = getOAuthProtectedResourceMetadataUrl(resourceServerUrl);
    app.post('/mcp', requireBearerAuth({ verifier: provider, resourceMetadataUrl }));
    app.all('/mcp', (_: unknown, response: ServerResponse) =>
      response.writeHead(405, { allow: 'POST' }).end(),
    );
    const examination = await examined({}, {}, { [ISSUER]: await behindTls(app) }, resourceServerUrl.href);
    expect(examination.discovery?.chosen?.issuer).toBe(issuerUrl.href);
    expect(above(examination)).toEqual([]);
    // The demonstration throws for an unknown token, and takes redirect URIs on any machine.
    const active = await actively(await behindTls(app), resourceServerUrl.href);
    expect(above(active).map(each => each.slice(0, 6))).toEqual(['CHL-11', 'REG-15']);
  });
});
