import { type Client, toldIn } from '../client.ts';
import { thread } from '../references.ts';

const claude = (number: number) => toldIn(thread('anthropics/claude-ai-mcp', number));
const code = (number: number) => toldIn(thread('anthropics/claude-code', number));
const copilot = (number: number) => toldIn(thread('github/copilot-cli', number));
const seen = (repository: string, number: number) => toldIn(thread(repository, number));
const anthropic = toldIn({
  title: 'Claude, Connectors, Authentication',
  url: 'https://claude.com/docs/connectors/building/authentication',
});
const openai = toldIn({
  title: 'OpenAI Apps SDK, Authentication',
  url: 'https://developers.openai.com/apps-sdk/build/auth',
});

/** Nothing known: a closed client begins here, and each cell that a thread tells of replaces one. */
const NOTHING = {
  challenge: 'unknown',
  challenges: 'unknown',
  named: 'unknown',
  resourcePlaces: 'unknown',
  resourceReactions: 'unknown',
  redirects: 'unknown',
  issuers: 'unknown',
  serverPlaces: 'unknown',
  serverReactions: 'unknown',
  withoutIssuer: 'unknown',
  withoutMetadata: 'unknown',
  reach: 'unknown',
  begins: 'unknown',
  older: 'unknown',
  postRedirects: 'unknown',
  resource: 'unknown',
  issuer: 'unknown',
  originIssuer: 'unknown',
  needs: 'unknown',
  shapes: 'unknown',
  pkce: 'unknown',
  registration: 'unknown',
  httpEndpoints: 'unknown',
  resourceParameter: 'unknown',
  scopes: 'unknown',
  callback: 'unknown',
} as const satisfies Partial<Client>;

/** Connectors of claude.ai and Claude Desktop: the requests come from Anthropic's servers. */
export const CLAUDE_CONNECTORS: Client = {
  ...NOTHING,
  name: 'claude',
  title: "Claude's connectors",
  version: 'seen April to September 2026',
  begins: code(60357)([401]),
  challenge: code(60357)('post'),
  resourcePlaces: seen(
    'brendanlong/lion-reader',
    986,
  )({
    named: 'unknown',
    unnamed: ['path', 'root'],
    slash: 'kept',
  }),
  // Threads differ on issuers with a path: openid-configuration first, or the OAuth form.
  serverPlaces: claude(134)({ path: 'unknown', root: ['oauth'] }),
  resourceReactions: claude(560)({ mismatch: 'none', otherwise: 'unknown' }),
  serverReactions: claude(134)({ refused: 'stop', page: 'stop', otherwise: 'unknown' }),
  withoutIssuer: claude(560)(['guess-origin']),
  withoutMetadata: claude(214)(['guess-origin']),
  reach: claude(85)('public-https'),
  resource: claude(560)({ rule: 'host' }),
  issuer: seen('SparkDevNetwork/Rock', 6974)('root-slash'),
  pkce: seen('forcedotcom/mcp-hosted', 47)({ absent: 'accepted', withoutS256: 'unknown' }),
  registration: anthropic({ dynamic: true, document: 'with-none', byHand: 'setting' }),
  callback: claude(345)('https://claude.ai/api/mcp/auth_callback'),
};

/** Its messages are those of the official SDK, version 1; threads tell where it goes its own ways. */
export const CLAUDE_CODE: Client = {
  ...NOTHING,
  name: 'claude-code',
  title: 'Claude Code',
  version: '2.1, seen June to September 2026',
  challenge: code(58735)('post'),
  resourcePlaces: code(58735)({ named: ['named'], unnamed: 'unknown', slash: 'kept' }),
  serverPlaces: code(41253)({ path: 'unknown', root: ['oauth'] }),
  serverReactions: seen('appstrate/appstrate', 702)({ page: 'stop', otherwise: 'unknown' }),
  resourceReactions: code(58735)({ mismatch: 'stop', otherwise: 'unknown' }),
  resource: code(69917)({ rule: 'prefix', late: true }),
  begins: code(58735)([401]),
  reach: seen('anomalyco/opencode', 7135)('any'),
  registration: seen(
    'render-oss/render-mcp-server',
    25,
  )({
    dynamic: true,
    document: 'always',
    byHand: 'unknown',
  }),
  resourceParameter: code(52871)('with a slash at its end where it is an origin'),
  callback: code(10572)('http://localhost with a port, /callback'),
};

export const CURSOR: Client = {
  ...NOTHING,
  name: 'cursor',
  title: 'Cursor',
  version: 'seen May to September 2026',
  resourcePlaces: seen(
    'gamedevpl/www.gamedev.pl',
    483,
  )({
    named: 'unknown',
    unnamed: ['path', 'root'],
    slash: 'kept',
  }),
  resourceReactions: seen('gamedevpl/www.gamedev.pl', 483)({ refused: 'next', otherwise: 'unknown' }),
  serverPlaces: seen('gamedevpl/www.gamedev.pl', 483)({ path: 'unknown', root: ['oauth'] }),
  begins: seen('gamedevpl/www.gamedev.pl', 483)([401]),
  reach: seen('anomalyco/opencode', 7135)('any'),
  issuer: seen('latitude-dev/latitude-llm', 3122)('unchecked'),
  registration: seen('Altinity/altinity-mcp', 169)({ dynamic: true, document: 'never', byHand: 'unknown' }),
  callback: seen('different-ai/openwork', 3059)('cursor://anysphere.cursor-mcp/oauth/callback'),
};

/** Connectors and apps of ChatGPT: the requests come from OpenAI's servers. */
export const CHATGPT: Client = {
  ...NOTHING,
  name: 'chatgpt',
  title: 'ChatGPT',
  version: 'seen January to September 2026',
  resourcePlaces: openai({ named: ['named'], unnamed: 'unknown', slash: 'kept' }),
  reach: openai('public-https'),
  pkce: seen('forcedotcom/mcp-hosted', 47)({ absent: 'refused', withoutS256: 'refused' }),
  serverPlaces: seen('kernel/kernel-mcp-server', 91)({ path: 'unknown', root: ['oauth'] }),
  registration: openai({ dynamic: true, document: 'always', byHand: 'setting' }),
  resourceParameter: openai('sent through the whole flow'),
};

export const COPILOT_CLI: Client = {
  ...NOTHING,
  name: 'copilot-cli',
  title: 'Copilot CLI',
  version: '1.0.79 to 1.0.86',
  reach: seen('dozigden/boardoil', 11)('any'),
  issuer: copilot(4606)('exact'),
  serverReactions: copilot(4606)({ mismatch: 'stop', otherwise: 'unknown' }),
  callback: copilot(4901)('http://127.0.0.1 with a port that changes, /'),
};
