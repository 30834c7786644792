import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { paths } from './discovery.ts';
import { RIGHT, RIGHT_ISSUER } from './examination.ts';
import type { Handler } from './fake-world.ts';
import type { Stage } from './staged.ts';

const HOSTS = ['https://mcp.example', 'https://as.example'] as const;

/** Staged servers on loopback, for processes that know nothing of a test. */
export interface StagedServers {
  /** Where the MCP server is. */
  url: string;
  /** Every request, as `METHOD address`, under the names the stage has. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/** Mounts a stage on two ports of 127.0.0.1. What it names https://mcp.example and https://as.example is there. */
export async function serveStage(stage: Stage): Promise<StagedServers> {
  const requests: string[] = [];
  const registered: Handler = () =>
    Response.json({ client_id: 'c', redirect_uris: ['http://127.0.0.1:9/callback'] }, { status: 201 });
  const handlers = [
    paths({ ...RIGHT, ...stage.server }),
    paths({ ...RIGHT_ISSUER, '/register': registered, ...stage.issuer }),
  ];
  const origins: string[] = [];
  const local = (text: string) =>
    HOSTS.reduce((rest, host, index) => rest.replaceAll(host, origins[index] ?? ''), text);
  const servers = HOSTS.map((host, index) =>
    createServer(async (req, res) => {
      for await (const _ of req);
      const { method = 'GET', url: path = '/' } = req;
      const url = `${host}${path}`;
      requests.push(`${method} ${url}`);
      const request = new Request(url, { method });
      const answer = await handlers[index]?.(request, { method, url, headers: [] });
      const headers = [...(answer?.headers ?? [])].map(([name, value]) => [name, local(value)] as const);
      res.writeHead(answer?.status ?? 500, Object.fromEntries(headers));
      res.end(local((await answer?.text()) ?? ''));
    }),
  );
  for (const server of servers) {
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    origins.push(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }
  return {
    url: `${origins[0]}/mcp`,
    requests,
    close: async () => {
      for (const server of servers) {
        server.closeAllConnections();
        await new Promise(resolve => server.close(resolve));
      }
    },
  };
}
