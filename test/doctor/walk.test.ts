import { expect, test } from 'vitest';
import { CLIENTS } from '../../src/checks/clients.ts';
import { type ClientWalk, clientNamed, walks } from '../../src/doctor/walk.ts';
import { challenge, RESOURCE, status } from '../support/discovery.ts';
import { examined, RIGHT, SERVER } from '../support/examination.ts';
import { examinedStage, STAGES } from '../support/staged.ts';

/** Who notices what: by result and finding, the clients, in the order of the table. */
const NOTICED: Record<keyof typeof STAGES, Record<string, string>> = {
  right: {
    through:
      'claude claude-code vscode cursor chatgpt gemini-cli inspector mcp-remote typescript-sdk-1 typescript-sdk-2 python-sdk csharp-sdk rust-sdk keybridge',
    unknown: 'copilot-cli',
  },
  'path variant 404': {
    unknown: 'claude claude-code chatgpt copilot-cli',
    through:
      'vscode cursor gemini-cli inspector mcp-remote typescript-sdk-1 typescript-sdk-2 python-sdk rust-sdk keybridge',
    'stops PRM-01': 'csharp-sdk',
  },
  'slash in the document': {
    through: 'claude vscode cursor gemini-cli typescript-sdk-1 rust-sdk',
    unknown: 'claude-code chatgpt',
    'stops ASM-06': 'copilot-cli inspector mcp-remote typescript-sdk-2 python-sdk csharp-sdk keybridge',
  },
  'slash in the list': {
    through:
      'claude vscode cursor gemini-cli inspector mcp-remote typescript-sdk-1 typescript-sdk-2 rust-sdk',
    unknown: 'claude-code chatgpt',
    'stops ASM-06': 'copilot-cli python-sdk csharp-sdk keybridge',
  },
  'origin for resource': {
    unknown: 'claude cursor chatgpt copilot-cli',
    through:
      'claude-code inspector mcp-remote typescript-sdk-1 typescript-sdk-2 python-sdk csharp-sdk rust-sdk keybridge',
    'guesses PRM-08': 'vscode',
    'stops PRM-08': 'gemini-cli',
  },
  'slash in the resource': {
    unknown: 'claude cursor chatgpt copilot-cli',
    'stops PRM-11': 'claude-code gemini-cli inspector mcp-remote typescript-sdk-1 typescript-sdk-2 rust-sdk',
    'guesses PRM-11': 'vscode',
    through: 'python-sdk csharp-sdk keybridge',
  },
  'slash in the URL': {
    unknown: 'claude claude-code cursor chatgpt copilot-cli',
    'guesses ASM-22': 'vscode python-sdk',
    through:
      'gemini-cli inspector mcp-remote typescript-sdk-1 typescript-sdk-2 csharp-sdk rust-sdk keybridge',
  },
  'query in the URL': {
    unknown: 'claude claude-code cursor chatgpt copilot-cli',
    through:
      'vscode gemini-cli inspector mcp-remote typescript-sdk-1 typescript-sdk-2 python-sdk csharp-sdk rust-sdk keybridge',
  },
  'no PKCE': {
    through: 'claude gemini-cli inspector mcp-remote typescript-sdk-1 typescript-sdk-2 python-sdk rust-sdk',
    unknown: 'claude-code vscode cursor copilot-cli',
    'stops ASM-10': 'chatgpt csharp-sdk keybridge',
  },
  'openid only': {
    'stops ASM-02': 'claude',
    unknown: 'claude-code cursor chatgpt copilot-cli',
    through:
      'vscode gemini-cli inspector mcp-remote typescript-sdk-1 typescript-sdk-2 python-sdk csharp-sdk rust-sdk keybridge',
  },
  'openid alias of the same document': {
    'stops ASM-02': 'claude',
    unknown: 'claude-code cursor chatgpt copilot-cli',
    through: 'vscode gemini-cli python-sdk csharp-sdk rust-sdk keybridge',
    'stops ASM-15': 'inspector mcp-remote typescript-sdk-1 typescript-sdk-2',
  },
  'openid appended to a path': {
    unknown: 'claude claude-code cursor chatgpt copilot-cli',
    through:
      'vscode gemini-cli inspector mcp-remote typescript-sdk-1 typescript-sdk-2 python-sdk csharp-sdk rust-sdk keybridge',
  },
  'Basic stands first': {
    unknown: 'claude claude-code cursor chatgpt copilot-cli',
    through: 'vscode gemini-cli python-sdk csharp-sdk rust-sdk keybridge',
    'guesses PRM-24': 'inspector mcp-remote typescript-sdk-1 typescript-sdk-2',
  },
  'alias by redirect': {
    unknown: 'claude claude-code cursor chatgpt copilot-cli csharp-sdk',
    through:
      'vscode gemini-cli inspector mcp-remote typescript-sdk-1 typescript-sdk-2 python-sdk rust-sdk keybridge',
  },
  'redirect to another host': {
    unknown: 'claude claude-code cursor chatgpt copilot-cli csharp-sdk',
    through: 'vscode gemini-cli inspector mcp-remote typescript-sdk-1 typescript-sdk-2 python-sdk keybridge',
    'stops ASM-03': 'rust-sdk',
  },
  '5xx first': {
    unknown: 'claude claude-code cursor chatgpt copilot-cli',
    through: 'vscode gemini-cli csharp-sdk keybridge',
    'stops ASM-05': 'inspector mcp-remote typescript-sdk-1 typescript-sdk-2 rust-sdk',
    'guesses ASM-05': 'python-sdk',
  },
  'a page for resource metadata': {
    unknown: 'claude claude-code cursor chatgpt copilot-cli',
    'guesses PRM-05': 'vscode inspector mcp-remote typescript-sdk-1 typescript-sdk-2 python-sdk rust-sdk',
    'stops PRM-05': 'gemini-cli csharp-sdk keybridge',
  },
  'a page for server metadata': {
    'stops ASM-23':
      'claude claude-code gemini-cli inspector mcp-remote typescript-sdk-1 typescript-sdk-2 csharp-sdk keybridge',
    'guesses ASM-23': 'vscode python-sdk rust-sdk',
    unknown: 'cursor chatgpt copilot-cli',
  },
  'no registration': {
    'stops ASM-12':
      'claude claude-code cursor chatgpt gemini-cli inspector mcp-remote typescript-sdk-1 typescript-sdk-2 csharp-sdk rust-sdk keybridge',
    through: 'vscode',
    unknown: 'copilot-cli',
    'guesses ASM-12': 'python-sdk',
  },
  'token endpoint in plain http': {
    unknown: 'claude claude-code cursor chatgpt copilot-cli',
    through: 'vscode gemini-cli typescript-sdk-1 python-sdk csharp-sdk rust-sdk',
    'stops TOK-19': 'inspector mcp-remote typescript-sdk-2 keybridge',
  },
  'resource of another host': {
    'guesses PRM-10': 'claude vscode',
    'stops PRM-10':
      'claude-code gemini-cli inspector mcp-remote typescript-sdk-1 typescript-sdk-2 python-sdk csharp-sdk rust-sdk keybridge',
    unknown: 'cursor chatgpt copilot-cli',
  },
  'no metadata at all': {
    unknown: 'claude claude-code cursor chatgpt copilot-cli',
    'guesses ASM-22':
      'vscode inspector mcp-remote typescript-sdk-1 typescript-sdk-2 python-sdk csharp-sdk rust-sdk keybridge',
    'stops ASM-22': 'gemini-cli',
  },
  'metadata of 2025-03-26': {
    unknown: 'claude claude-code cursor chatgpt copilot-cli',
    through:
      'vscode gemini-cli inspector mcp-remote typescript-sdk-1 typescript-sdk-2 python-sdk csharp-sdk rust-sdk keybridge',
  },
};

const by = (all: readonly ClientWalk[]): Record<string, string> => {
  const grouped = Object.groupBy(all, ({ result, code }) => (code ? `${result} ${code}` : result));
  return Object.fromEntries(
    Object.entries(grouped).map(([key, those = []]) => [key, those.map(({ client }) => client).join(' ')]),
  );
};

const one = (all: readonly ClientWalk[], client: string): ClientWalk => {
  const found = all.find(each => each.client === client);
  if (!found) throw new Error(client);
  return found;
};

test.for(Object.entries(NOTICED))('who notices: %s', async ([name, expected]) => {
  expect(by(walks(await examinedStage(STAGES[name as keyof typeof STAGES])))).toEqual(expected);
});

test('on right servers every client gets through of which the way there is known', async () => {
  const unknown = walks(await examined()).filter(({ result }) => result !== 'through');
  expect(unknown.map(({ client, result, reason }) => [client, result, reason])).toEqual([
    ['copilot-cli', 'unknown', 'It is not known where it looks for resource metadata.'],
  ]);
});

test('row 3.9: VS Code, MCP Inspector and every other known client is in the table, each cell with its source or unknown', () => {
  expect(CLIENTS.map(({ name }) => name)).toEqual([
    'claude',
    'claude-code',
    'vscode',
    'cursor',
    'chatgpt',
    'copilot-cli',
    'gemini-cli',
    'inspector',
    'mcp-remote',
    'typescript-sdk-1',
    'typescript-sdk-2',
    'python-sdk',
    'csharp-sdk',
    'rust-sdk',
    'keybridge',
  ]);
  for (const { name, title, version, beforehand, ...cells } of CLIENTS) {
    for (const [cell, value] of Object.entries({ ...cells, ...beforehand })) {
      if (value === 'unknown') continue;
      expect(value.source.title, `${name} ${cell}`).not.toBe('');
      expect(URL.parse(value.source.url)?.protocol, `${name} ${cell}`).toBe('https:');
    }
    expect(clientNamed(name)?.title).toBe(title);
    expect(version).not.toBe('');
  }
});

test('row 1.13: a connector does not reach a server on this machine, and what runs here does', async () => {
  const local = 'http://127.0.0.1:8000';
  const document = { resource: `${local}/mcp`, authorization_servers: ['https://as.example'] };
  const servers = {
    [local]: (request: Request) =>
      request.method === 'POST'
        ? new Response('', { status: 401, headers: { 'www-authenticate': 'Bearer' } })
        : new URL(request.url).pathname === '/.well-known/oauth-protected-resource/mcp'
          ? Response.json(document)
          : new Response('', { status: 404 }),
  };
  const all = walks(await examined({}, {}, servers, `${local}/mcp`));
  expect(one(all, 'claude')).toMatchObject({
    result: 'stops',
    reason: expect.stringContaining('it comes from the internet and needs public https'),
  });
  expect(one(all, 'chatgpt').result).toBe('stops');
  expect(one(all, 'keybridge').result).toBe('through');
  expect(one(all, 'mcp-remote').result).toBe('through');
});

test('each step of a way is an address, what was made of it and the exchange it rests on', async () => {
  const examination = await examinedStage(STAGES['5xx first']);
  const vscode = one(walks(examination), 'vscode');
  expect(vscode.steps.map(({ url, verdict }) => `${url} ${verdict}`)).toEqual([
    `${SERVER} 401: looks for where to sign in`,
    'https://mcp.example/.well-known/oauth-protected-resource/mcp found',
    'https://as.example/.well-known/oauth-authorization-server 503: goes on',
    'https://as.example/.well-known/openid-configuration found',
  ]);
  for (const { exchange = '' } of vscode.steps) expect(examination.exchanges[exchange]).toBeDefined();
});

test('a server that wants no sign-in stops nobody, and one that answers 403 stops those who wait for 401', async () => {
  const open = () => Response.json({ jsonrpc: '2.0', id: 1, result: {} });
  const all = walks(await examined({ '/mcp': open }));
  expect(one(all, 'typescript-sdk-2').result).toBe('through');
  const forbidden = walks(await examined({ '/mcp': status(403) }));
  expect(one(forbidden, 'typescript-sdk-2')).toMatchObject({ result: 'stops', code: 'CHL-07' });
  expect(one(forbidden, 'vscode').result).toBe('through');
});

test('the Rust SDK believes a challenge only on the server\u2019s own host; VS Code everywhere', async () => {
  const elsewhere = 'https://as.example/resource';
  const document = RIGHT['/.well-known/oauth-protected-resource/mcp'];
  const { steps } = one(
    walks(
      await examined(
        { '/mcp': challenge(`Bearer resource_metadata="${elsewhere}"`) },
        { '/resource': document },
      ),
    ),
    'rust-sdk',
  );
  expect(steps.map(({ url }) => url)).not.toContain(elsewhere);
});

const movedTo = (to: string, code: number) => () =>
  new Response('', { status: code, headers: { location: to } });

test('a POST that is redirected is followed by those who follow it, and stops those whose POST becomes a GET', async () => {
  const challenged = challenge(`Bearer resource_metadata="https://mcp.example${RESOURCE}/mcp"`);
  const kept = walks(await examined({ '/mcp': movedTo('/mcp/', 307), '/mcp/': challenged }));
  expect(one(kept, 'typescript-sdk-2').result).toBe('through');
  expect(one(kept, 'vscode').result).toBe('through');
  expect(one(kept, 'rust-sdk').result).toBe('unknown');
  const turned = walks(await examined({ '/mcp': movedTo('/mcp/', 301), '/mcp/': challenged }));
  expect(one(turned, 'typescript-sdk-2')).toMatchObject({ result: 'stops', code: 'URL-01' });
  expect(one(turned, 'vscode')).toMatchObject({ result: 'stops', code: 'NET-11' });
  const downgraded = walks(await examined({ '/mcp': movedTo('http://mcp.example/mcp/', 307) }));
  expect(one(downgraded, 'typescript-sdk-2')).toMatchObject({ result: 'stops', code: 'URL-02' });
});
