import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { initialized, json, type Seen, serve, type TestServer } from '../support/http-server.ts';
import { type Installation, install, until } from '../support/keybridge.ts';
import { type RawHost, rawHost } from '../support/raw-host.ts';

/** Things that parsing and writing again would change: order, doubles, numbers, escapes, spaces. */
const PARAMS =
  '{ "z":1.0, "a" : 1e2,"b":-0,"c":12345678901234567890,"d":0.1000,"e":1E+2,"\\u0061":"\\u00e9\\ud83d\\ude00é😀\\/",' +
  '"twice":1,"twice":2,"__proto__":{"x":[]},"n":null,"deep":[[[{}]]],"lone":"\\ud800","sep":"\u2028\u2029\u007f"}';

const REQUESTS = [
  `{"jsonrpc":"2.0","id":7,"method":"x/any","params":${PARAMS}}`,
  `{"params":${PARAMS},"method":"x/any","id":"\\u0061-8","jsonrpc":"2.0"}`,
  `{ "id" : 9007199254740993 , "unknown":{"y":1.50}, "jsonrpc":"2.0","method":"x\\/any" }`,
  `{"jsonrpc":"2.0","id":"","method":"x/any"}`,
];

let server: TestServer;
let installation: Installation;
/** What the server answers to a message, as it stands. */
let answer: (seen: Seen) => { type: string; text: string };

const idOf = ({ body }: Seen) => /"id"\s*:\s*("(?:[^"\\]|\\.)*"|\d+)/.exec(body)?.[1];

beforeEach(async () => {
  installation = install();
  server = await serve((seen, res) => {
    const { method, rpc } = seen;
    if (method !== 'POST') return res.writeHead(method === 'DELETE' ? 200 : 405).end();
    if (rpc.method === 'initialize') return json(res, initialized(rpc.id));
    if (rpc.method === undefined || rpc.id === undefined) return res.writeHead(202).end();
    const { type, text } = answer(seen);
    return res.writeHead(200, { 'content-type': type }).end(text);
  });
});

afterEach(async () => {
  await installation.close();
  await server.close();
});

async function connected(...flags: string[]): Promise<RawHost> {
  const host = rawHost(installation, [server.url, ...flags]);
  await host.initialize();
  return host;
}

/** What the server got after the host's greeting. */
const bodies = () =>
  server
    .of('POST')
    .map(({ body }) => body)
    .filter(body => !/"(?:initialize|notifications\/initialized)"/.test(body));

describe('a message passes byte for byte', () => {
  it.each([
    ['a JSON answer', (text: string) => ({ type: 'application/json', text })],
    ['an event stream', (text: string) => ({ type: 'text/event-stream', text: `data: ${text}\n\n` })],
    [
      'an event stream with CRLF, comments and ids',
      (text: string) => ({
        type: 'text/event-stream; charset=utf-8',
        text: `: hello\r\nid: 1\r\nevent: message\r\ndata:${text}\r\n\r\n`,
      }),
    ],
  ])('from the host to the server, and back in %s', async (_name, wrap) => {
    const results = [
      (id: string) => `{"jsonrpc":"2.0","id":${id},"result":${PARAMS}}`,
      (id: string) => `{ "result" : ${PARAMS} , "id": ${id},  "jsonrpc":"2.0", "more":[1.0] }`,
      (id: string) =>
        `{"error":{"data":${PARAMS},"message":"\\u006eo","code":-32000},"id":${id},"jsonrpc":"2.0"}`,
      (id: string) => `{"id":${id},"jsonrpc":"2.0","result":{}}`,
    ];
    answer = seen => wrap(results[REQUESTS.indexOf(seen.body)]?.(idOf(seen) ?? '') ?? 'unexpected');
    const host = await connected();
    for (const request of REQUESTS) host.send(request);
    await until('everything is answered', () => host.lines().length === 1 + REQUESTS.length);
    expect(bodies().sort()).toEqual([...REQUESTS].sort());
    const expected = REQUESTS.map((body, index) => results[index]?.(idOf({ body } as Seen) ?? ''));
    expect(host.lines().slice(1).sort()).toEqual(expected.sort());
  });

  it('also a notification and a request of the server, and the host’s answer to it', async () => {
    const notification = `{"params":${PARAMS},"method":"notifications/x","jsonrpc":"2.0"}`;
    const question = `{"method":"x/question","id":"\\u0071-1","params":${PARAMS},"jsonrpc":"2.0"}`;
    const reply = `{"result":${PARAMS},"id":"\\u0071-1","jsonrpc":"2.0"}`;
    const last = '{"id":1.5e1,"result":{"v":1.0},"jsonrpc":"2.0"}';
    answer = () => ({
      type: 'text/event-stream',
      text: [notification, question, last].map(text => `data: ${text}\n\n`).join(''),
    });
    const host = await connected();
    host.send('{"jsonrpc":"2.0","id":1.5e1,"method":"x/any"}');
    await until('all three are there', () => host.lines().length === 4);
    expect(host.lines().slice(1)).toEqual([notification, question, last]);
    host.send(reply);
    await until('the reply is there', () => bodies().length === 2);
    expect(bodies()[1]).toBe(reply);
  });

  it('but for line breaks within a message, which one line cannot carry', async () => {
    answer = () => ({
      type: 'application/json',
      text: '{\r\n  "jsonrpc": "2.0",\n  "id": 7,\n  "result": { "text": "a\\nb" }\n}\n',
    });
    const host = await connected();
    host.send('{"jsonrpc":"2.0","id":7,"method":"x/any"}\r');
    await until('it is answered', () => host.lines().length === 2);
    expect(JSON.parse(host.lines()[1] ?? '')).toEqual({ jsonrpc: '2.0', id: 7, result: { text: 'a\nb' } });
    expect(host.stdout).not.toContain('\r');
    expect(JSON.parse(bodies()[0] ?? '')).toEqual({ jsonrpc: '2.0', id: 7, method: 'x/any' });
  });

  it('also where some tools are hidden, but for those', async () => {
    const tools = '{"z":1.0,"name":"keep","a":1e2} , {"name":"hide","q":[1]},{"name":"keep\\u0032","n":2.50}';
    const left = '{"z":1.0,"name":"keep","a":1e2} ,{"name":"keep\\u0032","n":2.50}';
    const list = (inner: string) =>
      `{"result":{"x":1.0,"tools":[${inner}],"_meta":{}},"id":7,"jsonrpc":"2.0"}`;
    answer = () => ({ type: 'application/json', text: list(tools) });
    const host = await connected('--ignore-tool', 'hide');
    host.send('{"jsonrpc":"2.0","id":7,"method":"tools/list"}');
    await until('it is answered', () => host.lines().length === 2);
    const normal = (text = '') => text.replaceAll(/\s*,\s*/g, ',');
    expect(normal(host.lines()[1])).toBe(normal(list(left)));
  });
});
