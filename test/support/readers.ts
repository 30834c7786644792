import { align } from '../../app/renderer/model/comparison.ts';
import { shownBody } from '../../app/renderer/model/exchange.ts';
import { fingerprintsOf } from '../../app/renderer/model/exchanges.ts';
import { splitEvents } from '../../app/renderer/model/stream-events.ts';
import { pathOf } from '../../app/renderer/model/trace-words.ts';
import { isAddress, isPublicAddress } from '../../src/base/address.ts';
import { parseJson } from '../../src/base/json.ts';
import { toMarkdownText } from '../../src/base/markdown.ts';
import { visible } from '../../src/base/signs.ts';
import { isLoopbackHost, jsonLine, plain, shownUrl, withoutEnds } from '../../src/base/text.ts';
import { rpcError } from '../../src/bridge/conversation.ts';
import { CookieJar } from '../../src/bridge/cookies.ts';
import { HeadScanner } from '../../src/bridge/head-scanner.ts';
import { matches } from '../../src/bridge/ignore-tools.ts';
import { LineSplitter } from '../../src/bridge/lines.ts';
import { answered, cancelledId, members, oneLine, scan, withId } from '../../src/bridge/scan.ts';
import { readInitialize, resultOf, whyRefused } from '../../src/broker/host-answers.ts';
import { entraMeaning } from '../../src/checks/entra.ts';
import { lookInto } from '../../src/checks/flow.ts';
import { withoutMarkup } from '../../src/checks/markup.ts';
import { readBaseline } from '../../src/doctor/baseline.ts';
import { flawOf } from '../../src/doctor/flaw.ts';
import { compare } from '../../src/doctor/output/compare.ts';
import { wrap } from '../../src/doctor/output/layout.ts';
import { FirstEvent } from '../../src/doctor/read.ts';
import { readReport } from '../../src/mend/from-report.ts';
import { lintNginx } from '../../src/mend/nginx/lint.ts';
import { readSite } from '../../src/mend/site.ts';
import { parseArguments, sortWords } from '../../src/node/arguments.ts';
import { proxyFor } from '../../src/node/proxy.ts';
import {
  bearer,
  challengedScope,
  namedResourceMetadata,
  parseChallenges,
} from '../../src/oauth/challenge.ts';
import { checkUrl, difference, quote, quoteUrl, resourceCovers } from '../../src/oauth/identifier.ts';
import { readResourceMetadata, readServerMetadata } from '../../src/oauth/metadata.ts';
import { announcedOtherwise, presetFor } from '../../src/oauth/presets.ts';
import { splitScope } from '../../src/oauth/scope.ts';
import { remedyFor } from '../../src/oauth/token.ts';
import { serverMetadataPlaces } from '../../src/oauth/well-known.ts';
import type { Exchange } from '../../src/trace/event.ts';
import { eventsOf } from '../../src/trace/file.ts';
import { toText } from '../../src/trace/line.ts';
import { saveMarkdown } from '../../src/trace/markdown.ts';
import { isSecretField, isSecretName } from '../../src/trace/names.ts';
import { toRow } from '../../src/trace/row.ts';
import { searchFor } from '../../src/trace/search.ts';
import { certificatesProblem } from '../../src/window/certificates.ts';
import { readCommands } from '../../src/window/command-line.ts';
import { lineOf } from '../../src/window/flow-fields.ts';
import { parseLenient } from '../../src/window/lenient-json.ts';
import { readText } from '../../src/window/pasted.ts';
import { surroundings } from './desk.ts';
import { WHOLE } from './work.ts';

const SERVER = new URL('https://mcp.example/mcp');
const SURROUNDINGS = { env: {}, readFile: () => '', platform: 'linux' } as const;
const encoder = new TextEncoder();

const document = (text: string) => ({
  url: 'https://mcp.example/.well-known/x',
  contentType: 'application/json',
  bytes: encoder.encode(text),
});

function exchangeOf(text: string): Exchange {
  const body = { size: text.length, text, cut: false };
  return {
    id: 'e1',
    purpose: 'mcp',
    startedAt: 0,
    request: { method: 'POST', url: `https://mcp.example/${text}`, headers: [['x-a', text]], body },
    outcome: { kind: 'answered', status: 401, headers: [['x-b', text]], body, complete: true },
    timing: {},
  };
}

const eventOf = (text: string) =>
  ({ kind: 'exchange', seq: 1, at: 0, span: 's', exchange: exchangeOf(text) }) as const;
const message = (text: string) => ({ kind: 'response', id: '1', bytes: encoder.encode(text) }) as const;

/** In pieces of one byte, as a server may send them. */
function eachByte(text: string, take: (piece: Uint8Array) => void): void {
  const bytes = encoder.encode(text);
  for (let at = 0; at < bytes.length; at++) take(bytes.subarray(at, at + 1));
}

type Reader = readonly [name: string, run: (text: string) => unknown];

/** Every function that reads what others wrote, with how it is called. What throws for it reads it all the same. */
export const READERS: readonly Reader[] = [
  ['base: plain', plain],
  ['base: jsonLine', jsonLine],
  ['base: visible', visible],
  ['base: shownUrl', text => shownUrl(`https://a.example/?${text}`)],
  ['base: withoutEnds', text => ['=', '/', '-'].map(sign => withoutEnds(text, sign))],
  ['base: isLoopbackHost', isLoopbackHost],
  ['base: addresses', text => [isAddress(text), isPublicAddress(`[${text}]`)]],
  ['base: parseJson', parseJson],
  ['oauth: challenges', text => [parseChallenges([text]), parseChallenges(text.split(' '))]],
  [
    'oauth: what a challenge says',
    text => {
      const read = parseChallenges([`Bearer scope="${text}"`, `Bearer ${text}`]);
      return [bearer(read), challengedScope(read), namedResourceMetadata(read)];
    },
  ],
  ['oauth: resource metadata', text => readResourceMetadata(document(text), SERVER)],
  ['oauth: server metadata', text => readServerMetadata(document(text), { issuers: ['https://as.example'] })],
  [
    'oauth: URLs',
    text => [checkUrl(text), checkUrl(`https://${text}`), checkUrl(`https://a.example/${text}`)],
  ],
  [
    'oauth: resources',
    text => [resourceCovers(text, SERVER), resourceCovers(`https://mcp.example/${text}`, SERVER)],
  ],
  ['oauth: a resource with an odd end', text => resourceCovers(`https://mcp.example${text}#`, SERVER)],
  [
    'oauth: quotations',
    text => [quote(text), quoteUrl(`https://a.example/?${text}`), difference(text, `${text}/a`)],
  ],
  [
    'oauth: issuers',
    text => [presetFor(text), presetFor(`https://${text}`), announcedOtherwise(text, `https://${text}`)],
  ],
  ['oauth: well-known places', text => serverMetadataPlaces(new URL(`https://as.example/${text}`))],
  ['oauth: scopes', splitScope],
  ['oauth: error descriptions', text => remedyFor({ error: 'x', error_description: text })],
  ['bridge: a message', text => scan(encoder.encode(text))],
  [
    'bridge: a message byte by byte',
    text => {
      const scanner = new HeadScanner();
      eachByte(text, piece => scanner.push(piece));
      return scanner.end();
    },
  ],
  [
    'bridge: a batch',
    text => {
      const batch = scan(
        encoder.encode(
          `[${'{"jsonrpc":"2.0","id":1,"result":1},'.repeat(text.length / 40)}{"id":2,"error":1}]`,
        ),
      );
      return batch && [members(batch), answered(batch)];
    },
  ],
  [
    'bridge: what a message says',
    text => {
      const bytes = encoder.encode(
        `{"jsonrpc":"2.0","error":{"message":${JSON.stringify(text)}},"params":${text}}`,
      );
      return [
        rpcError(bytes),
        cancelledId({ bytes }),
        oneLine(bytes),
        withId({ kind: 'request', id: '1', bytes }, '2'),
      ];
    },
  ],
  ['bridge: lines', text => new LineSplitter().push(encoder.encode(text))],
  [
    'bridge: lines byte by byte',
    text => {
      const splitter = new LineSplitter();
      eachByte(text, piece => splitter.push(piece));
      return splitter.end();
    },
  ],
  [
    'bridge: cookies',
    text => {
      const jar = new CookieJar(SERVER, () => 0);
      const fields = text.split('\n').map((each): [string, string] => ['set-cookie', each]);
      jar.take(SERVER, [...fields, ['set-cookie', `a=b; expires=${text}; path=${text}; domain=${text}`]]);
      return jar.field(SERVER);
    },
  ],
  ['bridge: tools that are hidden', text => matches('a*a*b*c', text)],
  [
    'broker: initialize',
    text => [readInitialize({ ...message(text), kind: 'request' }), resultOf(message(text))],
  ],
  ['broker: a refusal', text => whyRefused(message(text), SERVER)],
  ['checks: markup', withoutMarkup],
  ['checks: tokens', text => [lookInto(text), lookInto(`e30.${btoa(encodeURIComponent(text))}.x`)]],
  ['checks: Entra ID', entraMeaning],
  ['doctor: the first event', text => new FirstEvent().take(text)],
  [
    'doctor: the first event byte by byte',
    text => {
      const first = new FirstEvent();
      return [...text].some(sign => first.take(sign));
    },
  ],
  ['doctor: a baseline', readBaseline],
  ['doctor: instead of what is found', text => flawOf('issuer', text)],
  ['doctor: lines of a report', text => wrap(text, 80)],
  ['doctor: Markdown', text => [toMarkdownText(text), toMarkdownText(text, WHOLE)]],
  [
    'doctor: two texts side by side',
    text => compare({ seenIn: 'a', seen: text, expectedFrom: 'b', expected: `${text}a` }, 80),
  ],
  ['mend: a report', readReport],
  ['mend: a configuration of nginx', text => lintNginx('nginx.conf', text)],
  [
    'mend: a configuration of nginx in a server',
    text => lintNginx('nginx.conf', `http { server { ${text} } }`),
  ],
  ['mend: a URL', text => readSite(`https://a.example/${text}`)],
  ['node: proxies', text => proxyFor(SERVER, { httpsProxy: 'http://p.example', noProxy: text })],
  [
    'node: words',
    text => parseArguments(['https://a.example/mcp', '--header', text, ...text.split(' ')], SURROUNDINGS),
  ],
  ['node: words in order', text => sortWords(text.split(' '))],
  ['trace: names', text => [isSecretField(text), isSecretName(text)]],
  ['trace: a saved trace', text => [...eventsOf(`{"keybridgeTrace":1}\n${text}`)]],
  ['trace: a row', text => toRow(eventOf(text))],
  ['trace: a line', text => toText(eventOf(text))],
  ['trace: Markdown', text => [...saveMarkdown([eventOf(text)])]],
  ['trace: a search', text => searchFor(text.slice(0, 200))(eventOf(text))],
  ['window: pasted text', text => readText(text.slice(0, 32 * 1024), surroundings())],
  ['window: pasted JSON', text => parseLenient(text.slice(0, 32 * 1024))],
  ['window: a command line', readCommands],
  ['window: certificates', certificatesProblem],
  ['window: an address', text => lineOf('GET', `https://a.example/?${text}`)],
  ['app: a body', text => shownBody({ size: text.length, text, cut: false }, 'application/json')],
  ['app: fingerprints', text => fingerprintsOf(exchangeOf(text))],
  ['app: events', splitEvents],
  ['app: two texts side by side', text => align(text, `a${text}`)],
  ['app: an address', pathOf],
];
