import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import { parseArguments } from '../../src/node/arguments.ts';

const CLIENT = ['--static-oauth-client-info', '{"client_id":"by-hand"}'];
const FILE = '# headers\n\n X-One: first \nX-Two:second\r\n';

/** The port mcp-remote itself says it takes. */
async function theirs(argv: readonly string[]): Promise<number> {
  const dist = new URL('../../node_modules/mcp-remote/dist/', import.meta.url).pathname;
  const chunks = readdirSync(dist).filter(name => name.startsWith('chunk-'));
  const modules = await Promise.all(chunks.map(name => import(pathToFileURL(join(dist, name)).href)));
  const { parseCommandLineArgs } = modules.find(module => module.parseCommandLineArgs);
  const quiet = vi.spyOn(console, 'error').mockImplementation(() => {});
  onTestFinished(() => quiet.mockRestore());
  const { callbackPort } = await parseCommandLineArgs([...argv], '');
  return callbackPort;
}

function ours(argv: readonly string[], platform = 'linux') {
  const surroundings = { env: { KEY: 'value of the key' }, platform, readFile: () => FILE };
  return parseArguments(argv, surroundings).settings.client.callback;
}

test.each<string[][]>([
  [['https://mcp.example/mcp']],
  // As it was written, not as a URL is normalized.
  [['https://MCP.example']],
  [['https://mcp.example/']],
  [['https://mcp.example/mcp', '--resource', ' https://api.example/ ']],
  [['https://mcp.example/mcp', '--resource', '']],
  [['https://mcp.example/mcp', '--disable-resource-parameter']],
  [['https://mcp.example/mcp', '--authorize-param', 'b=2', '--authorize-param', 'a=1=1']],
  [['https://mcp.example/mcp', '--header', 'X-B: two', '--header', 'X-A:one ', '--header', `X-C:\${KEY}`]],
  [['https://mcp.example/mcp', '--header', 'X-A:one', '--header', 'X-A:other']],
  [['https://mcp.example/mcp', '--client-metadata-url', 'https://client.example/metadata.json']],
])('a client registered by hand for mcp-remote finds its port again: %j', async argv => {
  process.env.KEY = 'value of the key';
  onTestFinished(() => void delete process.env.KEY);
  const line = [...argv, ...CLIENT];
  const port = await theirs(line);
  expect(ours(line)).toEqual({ host: 'localhost', path: '/oauth/callback', port, derived: true });
});

test('headers from a file count as they stand there', () => {
  const inline = [
    'https://mcp.example/mcp',
    '--header',
    'X-One:first',
    '--header',
    'X-Two:second',
    ...CLIENT,
  ];
  const file = ['https://mcp.example/mcp', '--header-file', 'any', ...CLIENT];
  expect(ours(file)?.port).toBe(ours(inline)?.port);
});

test('host and path stay what the user names, and so does the port', () => {
  const line = ['https://mcp.example/mcp', '--host', '127.0.0.1', '--callback-path', '/cb', ...CLIENT];
  const { port } = ours(['https://mcp.example/mcp', ...CLIENT]) ?? {};
  expect(ours(line)).toEqual({ host: '127.0.0.1', path: '/cb', port, derived: true });
  expect(ours(['https://mcp.example/mcp', ...CLIENT], 'win32')?.host).toBe('127.0.0.1');
  expect(ours(['https://mcp.example/mcp', '3334', ...CLIENT])).toMatchObject({ port: 3334 });
  expect(ours(['https://mcp.example/mcp', '3334', ...CLIENT])).not.toHaveProperty('derived');
});

test('nothing is derived for a client that can be registered anew', () => {
  expect(ours(['https://mcp.example/mcp'])).toBeUndefined();
});
