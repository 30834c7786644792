import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { entryNamesOf, type Nameable, titlesOf } from '../../src/window/called.ts';

const at = (server: string, name?: string, profile = 'default'): Nameable => ({
  server,
  profile,
  ...(name === undefined ? {} : { name }),
});

describe('what servers are called', () => {
  test.each<[string, Nameable[], string[], string[]]>([
    ['one at the usual path by its host', [at('https://mcp.example/mcp')], ['mcp.example'], ['mcp-example']],
    [
      'two under one ingress by their paths',
      [at('https://mcp.example/mcp-o365/mcp'), at('https://mcp.example/mcp-jira/mcp')],
      ['mcp.example/mcp-o365', 'mcp.example/mcp-jira'],
      ['mcp-example-mcp-o365', 'mcp-example-mcp-jira'],
    ],
    [
      'two on one machine by their ports',
      [at('http://127.0.0.1:17010/mcp-o365/mcp'), at('http://127.0.0.1:17030/mcp')],
      ['127.0.0.1:17010/mcp-o365', '127.0.0.1:17030'],
      ['127-0-0-1-17010-mcp-o365', '127-0-0-1-17030'],
    ],
    [
      'one at the usual path and one beside it by their whole paths',
      [at('https://mcp.example/mcp'), at('https://mcp.example/')],
      ['mcp.example/mcp', 'mcp.example'],
      ['mcp-example-mcp', 'mcp-example'],
    ],
    [
      'two with one name by that and their addresses',
      [at('http://127.0.0.1:1/mcp', 'Practice server'), at('http://127.0.0.1:2/mcp', 'practice server')],
      ['Practice server (127.0.0.1:1)', 'practice server (127.0.0.1:2)'],
      ['Practice-server-127-0-0-1-1-mcp', 'practice-server-127-0-0-1-2-mcp'],
    ],
    [
      'two accounts by the account',
      [at('https://mcp.example/mcp'), at('https://mcp.example/mcp', undefined, 'work')],
      ['mcp.example', 'mcp.example · work'],
      ['mcp-example', 'mcp-example-work'],
    ],
    [
      'two that differ in punctuation by a number',
      [at('https://a-b.example/mcp'), at('https://a.b.example/mcp')],
      ['a-b.example', 'a.b.example'],
      ['a-b-example-mcp', 'a-b-example-mcp-2'],
    ],
    [
      'two schemes by the whole address',
      [at('https://mcp.example:8443/mcp'), at('http://mcp.example:8443/mcp')],
      ['https://mcp.example:8443/mcp', 'http://mcp.example:8443/mcp'],
      ['mcp-example-8443-mcp', 'mcp-example-8443-mcp-2'],
    ],
    ['one with nothing plain in it', [at('https://mcp.example/mcp', '***')], ['***'], ['server']],
  ])('%s', (_what, servers, titles, entries) => {
    expect(titlesOf(servers)).toEqual(titles);
    expect(entryNamesOf(servers)).toEqual(entries);
  });

  test('of a host’s entry are short, and tell the end of a long path', () => {
    const id = '0f8fad5b-d9cb-469f-a165-70867728950e';
    const servers = ['one', 'two'].map(each => at(`https://mcp.composio.example/v3/mcp/${id}/${each}`));
    const names = entryNamesOf(servers);
    for (const name of names) expect(name.length).toBeLessThanOrEqual(44);
    expect(names.map(name => name.slice(-3))).toEqual(['one', 'two']);
  });

  test('no two are ever called the same, whatever they are', () => {
    const part = fc.constantFrom('a', 'A', 'a-b', 'a.b', 'mcp', 'MCP', 'x'.repeat(30), '%2F', '');
    const server = fc
      .tuple(fc.constantFrom('http', 'https'), fc.constantFrom('h', 'h.h', 'h-h', 'h:8'), part, part)
      .map(([scheme, host, one, two]) => `${scheme}://${host}/${one}/${two}`);
    const nameable = fc.record(
      { server, profile: fc.constantFrom('default', 'a', 'work'), name: part },
      { requiredKeys: ['server', 'profile'] },
    );
    const selector = ({ server: its, profile }: Nameable) => `${profile} ${its}`;
    const list = fc.uniqueArray(nameable, { selector, maxLength: 12 });
    fc.assert(
      fc.property(list, servers => {
        for (const names of [titlesOf(servers), entryNamesOf(servers)]) {
          expect(names).toHaveLength(servers.length);
          expect(new Set(names.map(each => each.toLowerCase())).size).toBe(servers.length);
        }
        for (const name of entryNamesOf(servers)) expect(name).toMatch(/^[\p{L}\p{N}]+(?:-[\p{L}\p{N}]+)*$/u);
      }),
    );
  });
});
