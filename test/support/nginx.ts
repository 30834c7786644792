import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect, createServer as createSocketServer } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { locate } from '../../scripts/system-packages.mjs';
import type { Handler } from './fake-world.ts';
import { until } from './keybridge.ts';
import { temporaryFolder } from './temporary.ts';

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createSocketServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A handler on a port of 127.0.0.1; `seen` are the requests it got, method and path. Ends with the test. */
export async function upstream(handler: Handler) {
  const seen: { line: string; headers: NodeJS.Dict<string | string[]> }[] = [];
  const server = createServer(async (request, response) => {
    seen.push({ line: `${request.method} ${request.url}`, headers: request.headers });
    const url = `http://${request.headers.host}${request.url}`;
    const answer = await handler(new Request(url, { method: request.method ?? 'GET' }), {} as never);
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(await answer.text());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

/** Puts what goes into the `http` block into a whole configuration in a folder of its own. */
async function configure(http: string): Promise<{ program: string; args: string[] }> {
  const folder = await temporaryFolder();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    name => `${name}_temp_path ${join(folder, name)};`,
  );
  mkdirSync(join(folder, 'logs'));
  const file = join(folder, 'nginx.conf');
  writeFileSync(
    file,
    `pid ${join(folder, 'nginx.pid')};\nerror_log stderr warn;\nmaster_process off;\nevents {}\nhttp {\naccess_log off;\n${temporary.join('\n')}\n${http}\n}\n`,
  );
  return { program: locate('nginx')[0] ?? 'nginx', args: ['-p', folder, '-e', 'stderr', '-c', file] };
}

/** What `nginx -t` says of a configuration, and its exit code. */
export async function testNginx(http: string): Promise<{ code: number; said: string }> {
  const { program, args } = await configure(http);
  const child = spawn(program, [...args, '-t'], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', piece => {
    said += piece;
  });
  const [code] = (await once(child, 'close')) as [number];
  return { code, said };
}

/** A real nginx that ends with the test. Resolves when it listens on the port. */
export async function startNginx(http: string, port: number): Promise<void> {
  const { program, args } = await configure(http);
  const child = spawn(program, [...args, '-g', 'daemon off;'], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', piece => {
    said += piece;
  });
  const ended = once(child, 'close');
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  await until('nginx listens', async () => {
    if (child.exitCode !== null) throw new Error(`nginx ended: ${said}`);
    return isOpen(port);
  });
}

function isOpen(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
