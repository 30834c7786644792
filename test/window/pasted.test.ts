import { describe, expect, test } from 'vitest';
import { parseArguments, sortWords } from '../../src/node/arguments.ts';
import { readText } from '../../src/window/pasted.ts';
import { surroundings } from '../support/desk.ts';
import { costOf } from '../support/work.ts';

const URL_ = 'https://mcp.example/mcp';
const read = (text: string, profile?: string) => readText(text, surroundings(), profile);
/** The server of a text that names one, or the code of what is wrong with it. */
const one = (text: string) => {
  const [first, ...others] = read(text);
  expect(others).toEqual([]);
  return first?.listed ?? first?.problem?.code;
};
const thrown = (text: string) => {
  try {
    read(text);
  } catch (error) {
    return error;
  }
};

describe('a pasted text', () => {
  test.each([
    ['a URL', URL_],
    ['a URL with white space around it', `\n  ${URL_}\t\n`],
    ['a command line of mcp-remote’s', `npx -y mcp-remote ${URL_}`],
    ['one that names a version', `npx mcp-remote@0.1.29 ${URL_}`],
    ['one that a Windows shell starts', `cmd /c npx -y mcp-remote@latest "${URL_}"`],
    ['a command line of ours', `keybridge ${URL_}`],
    ['a sign-in of ours, with the prompt', `$ keybridge login '${URL_}'`],
    ['a path of ours', `node /opt/keybridge/bin/keybridge.js ${URL_}`],
    ['a path of Windows', `node C:\\Tools\\keybridge.js ${URL_}`],
    ['several lines', `npx mcp-remote \\\n  ${URL_}`],
    ['a whole configuration', `{"mcpServers":{"x":{"command":"npx","args":["mcp-remote","${URL_}"]}}}`],
    ['that of VS Code', `{"servers":{"x":{"type":"http","url":"${URL_}"}}}`],
    ['settings with the servers further inside', `{"mcp":{"servers":{"x":{"url":"${URL_}"}}}}`],
    ['one entry', `{"command":"npx","args":["-y","mcp-remote","${URL_}"]}`],
    ['an entry with its name and no braces around', `"x": {"url": "${URL_}"},`],
    ['an entry cut off before its last brace', `"mcpServers": {"x": {"serverUrl": "${URL_}"`],
    ['an entry with a brace too many', `"x": {"url": "${URL_}"}}`],
    ['comments and trailing commas', `// mine\n{"mcpServers": {/* x */ "x": {"url": "${URL_}",},},}`],
    ['typographic quotes', `{“url”: “${URL_}”}`],
    ['a list', `[{"name":"x","url":"${URL_}"}]`],
    ['a command as one line', `{"command":"npx mcp-remote ${URL_}"}`],
  ])('is read as the server it names: %s', (_what, text) => {
    expect(one(text)).toMatchObject({ server: URL_, profile: 'default', headers: [], more: [] });
  });

  test.each([
    ['quotes that are never closed', `{${'\\"'.repeat(15_000)}`],
    ['comments that are never closed', `{${'/*'.repeat(15_000)}`],
    ['braces that are never closed', '{'.repeat(30_000)],
  ])('is none, and soon said to be: %s', (_what, text) => {
    expect(thrown(text)).toMatchObject({ code: 'usage.flag' });
    expect(costOf(() => thrown(text), 3, 100)).toBeLessThan(1_000);
  });

  test('names several servers, each with its name and profile', () => {
    const text = `{"mcpServers":{"a":{"url":"https://a.example/"},"b":{"url":"https://b.example/"}}}`;
    const found = read(text, 'work').map(({ name, listed }) => [name, listed?.server, listed?.profile]);
    expect(found).toEqual([
      ['a', 'https://a.example/', 'work'],
      ['b', 'https://b.example/', 'work'],
    ]);
    expect(read('https://a.example/\nhttps://b.example/')).toHaveLength(2);
  });

  test('keeps what its flags say, and what no field is for word for word', () => {
    const line =
      `npx mcp-remote ${URL_} 3334 --header "X-Api-Key: abc def" --transport sse-only --resource ${URL_}
      --static-oauth-client-info '{"client_id":"me","client_secret":"s3cret"}' --ignore-tool 'delete*' --debug
      --static-oauth-client-metadata '{"scope":"a b"}' --allow-private`.replaceAll('\n', ' ');
    const [found] = read(line);
    expect(found?.listed).toEqual({
      server: URL_,
      profile: 'default',
      headers: [{ name: 'X-Api-Key', variable: 'X_API_KEY' }],
      transport: 'sse-only',
      resource: URL_,
      clientId: 'me',
      hasClientSecret: true,
      clientMetadata: { scope: 'a b' },
      callbackPort: '3334',
      allowPrivate: true,
      allowHttp: false,
      assumePkce: false,
      more: ['--ignore-tool', 'delete*'],
    });
    expect(found && 'values' in found && found.values).toEqual({
      X_API_KEY: 'abc def',
      CLIENT_SECRET: 's3cret',
    });
  });

  test('has its variables from the entry’s own environment, and from nowhere else', () => {
    const entry = (env: string) =>
      `{"command":"npx","args":["mcp-remote","${URL_}","--header","Authorization:\${AUTH}"]${env}}`;
    const [found] = read(entry(',"env":{"AUTH":"Bearer abc"}'));
    expect(found && 'values' in found && found.values).toEqual({ AUTHORIZATION: 'Bearer abc' });
    const [other] = read(`{"url":"${URL_}","headers":{"X-Key":"\${env:KEY}"},"env":{"KEY":"abc"}}`);
    expect(other && 'values' in other && other.values).toEqual({ X_KEY: 'abc' });
    const [without] = read(entry(''));
    expect(without?.problem?.message).toContain('AUTH');
    expect(without?.problem?.code).toBe('usage.flag');
    expect(
      read(`AUTH=abc npx mcp-remote ${URL_} --header 'X-Key:\${AUTH}'`)[0]?.listed?.headers,
    ).toHaveLength(1);
  });

  test.each([
    ['a program on this machine', '{"command":"npx","args":["some-server"]}', 'usage.flag'],
    ['an address without its scheme', 'mcp.example/mcp', 'usage.url'],
    ['plain http to elsewhere', 'http://mcp.example/mcp', 'usage.url'],
    ['a flag there is not', `npx mcp-remote ${URL_} --nonsense`, 'usage.flag'],
    ['a sentence', 'please add my server', 'usage.flag'],
    ['a file', `npx mcp-remote ${URL_} --header-file /etc/passwd`, 'usage.flag'],
  ])('is said to be no server: %s', (_what, text, code) => {
    expect(one(text)).toBe(code);
  });

  test.each([
    ['JSON that is broken', '{"mcpServers": [nonsense'],
    ['JSON that names none', '{"theme":"dark"}'],
    ['a quote that is not closed', `npx mcp-remote "${URL_}`],
    ['a text without end', `https://${'a'.repeat(300_000)}`],
  ])('is refused as a whole: %s', (_what, text) => {
    expect(thrown(text)).toMatchObject({ code: 'usage.flag' });
  });

  test('is read whole however it nests, and repeats no value in what is wrong with it', () => {
    const deep = `{"mcp":${'{"mcp":'.repeat(500)}`;
    expect(thrown(deep)).toMatchObject({ code: 'usage.flag' });
    for (const text of [`npx mcp-remote ${URL_} canary extra`, `canary ${URL_}`, `{"url":"canary"}`]) {
      expect(JSON.stringify(read(text))).not.toContain('canary');
    }
  });

  test('means the same sign-in as the command line it was read from', () => {
    const words = [URL_, '--static-oauth-client-info', '{"client_id":"me","client_secret":"x"}'];
    const from = { env: {}, platform: 'linux', readFile: () => '' };
    const { client } = parseArguments(words, from).settings;
    const [found] = read(`keybridge ${words[0]} ${words[1]} '${words[2]}'`);
    expect(found?.listed?.callbackPort).toBe(String(client.callback?.port));
    expect(sortWords(words).places).toEqual([URL_]);
  });
});
