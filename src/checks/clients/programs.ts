import { type Client, readIn } from '../client.ts';
import { TYPESCRIPT_2, v2 } from './typescript-sdk.ts';

const VSCODE = 'microsoft/vscode';
const vscode = readIn(VSCODE, 'src/vs/base/common/oauth.ts', 'main');
const vscodeMcp = readIn(VSCODE, 'src/vs/workbench/api/common/extHostMcp.ts', 'main');
const vscodeAsks = readIn(VSCODE, 'src/vs/workbench/api/browser/mainThreadAuthentication.ts', 'main');
const GEMINI = 'google-gemini/gemini-cli';
const gemini = readIn(GEMINI, 'packages/core/src/mcp/oauth-utils.ts', 'main');
const geminiFlow = readIn(GEMINI, 'packages/core/src/mcp/oauth-provider.ts', 'main');
const inspector = readIn('modelcontextprotocol/inspector', 'core/auth/mcpAuth.ts', 'main');
const inspectorBack = readIn(
  'modelcontextprotocol/inspector',
  'core/auth/node/oauth-callback-server.ts',
  'main',
);
const REMOTE = 'punkpeye/mcp-remote';
const remote = readIn(REMOTE, 'src/lib/utils.ts', 'main');
const remoteClient = readIn(REMOTE, 'src/lib/node-oauth-client-provider.ts', 'main');
const remoteServer = readIn(REMOTE, 'src/lib/authorization-server-metadata.ts', 'main');
const remoteResource = readIn(REMOTE, 'src/lib/protected-resource-metadata.ts', 'main');

export const VISUAL_STUDIO_CODE: Client = {
  name: 'vscode',
  title: 'VS Code',
  version: 'main, 2026',
  challenge: vscodeMcp('post'),
  challenges: vscode('any'),
  named: vscode('anywhere'),
  resourcePlaces: vscode({ named: ['named'], unnamed: ['path', 'root'], slash: 'kept' }),
  // Whatever is wrong about resource metadata, it is logged and done without.
  resourceReactions: vscode({ 'no-issuers': 'none', otherwise: 'next' }),
  redirects: vscodeMcp('all'),
  issuers: vscodeMcp('first'),
  serverPlaces: vscode({
    path: ['oauth', 'openid-inserted', 'openid-appended'],
    root: ['oauth', 'openid-appended'],
  }),
  serverReactions: vscode({ otherwise: 'next' }),
  withoutIssuer: vscodeMcp(['origin', 'guess-origin']),
  withoutMetadata: vscodeMcp(['origin', 'guess-origin']),
  reach: vscodeMcp('any'),
  begins: vscodeMcp([401, 403]),
  older: vscodeMcp({ from: 400, to: 499 }),
  postRedirects: vscodeMcp('all'),
  resource: vscode({ rule: 'same' }),
  issuer: vscode('unchecked'),
  originIssuer: vscode('unchecked'),
  shapes: 'unknown',
  needs: vscode({ oauth: ['issuer'], openid: ['issuer'] }),
  pkce: 'unknown',
  // Its document is https://vscode.dev/oauth/client-metadata.json (github/copilot-cli#4901).
  registration: vscodeAsks({ dynamic: true, document: 'always', byHand: 'asks' }),
  httpEndpoints: vscode('accepted'),
  resourceParameter: 'unknown',
  scopes: vscodeMcp('what the challenge asks for, else scopes_supported of the resource'),
  callback: vscode('http://127.0.0.1:33418/ and other ports, or https://vscode.dev/redirect'),
};

/** It wraps the official SDK, version 2. */
export const INSPECTOR: Client = {
  ...TYPESCRIPT_2,
  name: 'inspector',
  title: 'MCP Inspector',
  version: '2.3.0',
  redirects: inspector('all'),
  postRedirects: inspector('all'),
  resource: inspector({ rule: 'prefix', late: true }),
  issuer: inspector('exact-or-slash-less'),
  callback: inspectorBack('its own page; http://127.0.0.1 with a port from the terminal'),
};

/** It looks for metadata itself, to choose scopes, and then leaves the sign-in to the official SDK, version 2. */
export const MCP_REMOTE: Client = {
  ...TYPESCRIPT_2,
  name: 'mcp-remote',
  title: 'mcp-remote',
  version: '0.15.1',
  beforehand: {
    challenge: remote('get'),
    challenges: remoteResource('any'),
    resourcePlaces: remoteResource({
      named: ['named', 'path', 'root'],
      unnamed: ['path', 'root'],
      slash: 'dropped',
    }),
    serverPlaces: remoteServer({
      path: ['oauth', 'oauth-root', 'openid-inserted', 'openid-appended'],
      root: ['oauth', 'openid-appended'],
    }),
  },
  redirects: remote('all'),
  older: remote({ from: 404, to: 405 }),
  postRedirects: remote('all'),
  resource: remoteClient({ rule: 'prefix', late: true }),
  registration: remoteClient({ dynamic: true, document: 'if-configured', byHand: 'setting' }),
  resourceParameter: remoteClient(
    'as the resource metadata has it; --disable-resource-parameter leaves it out',
  ),
  scopes: remoteClient(
    'what it is set up with, else the challenge, the resource, the registration, the authorization server; else openid email profile',
  ),
  callback: remote('http://localhost with a port, /oauth/callback'),
  pkce: v2({ absent: 'accepted', withoutS256: 'refused' }),
};

/** As it goes with `/mcp auth`; by itself it begins only where HEAD or the refusal shows a challenge. */
export const GEMINI_CLI: Client = {
  name: 'gemini-cli',
  title: 'Gemini CLI',
  version: 'main, August 2026',
  challenge: geminiFlow('head'),
  challenges: gemini('any'),
  named: gemini('anywhere'),
  resourcePlaces: gemini({ named: ['named', 'path', 'root'], unnamed: ['path', 'root'], slash: 'dropped' }),
  resourceReactions: gemini({
    lacking: 'stop',
    mismatch: 'stop',
    'no-issuers': 'none',
    otherwise: 'next',
    whenNamed: { lacking: 'stop', mismatch: 'stop', otherwise: 'next' },
  }),
  redirects: gemini('all'),
  issuers: gemini('first'),
  serverPlaces: gemini({
    path: ['oauth', 'openid-inserted', 'openid-appended', 'oauth-root', 'openid-root'],
    root: ['oauth', 'openid-appended'],
  }),
  serverReactions: gemini({ lacking: 'stop', otherwise: 'next' }),
  withoutIssuer: gemini(['server']),
  withoutMetadata: gemini(['server']),
  reach: gemini('any'),
  begins: geminiFlow([401]),
  older: 'unknown',
  postRedirects: 'unknown',
  resource: gemini({ rule: 'same-path' }),
  issuer: gemini('unchecked'),
  originIssuer: gemini('unchecked'),
  shapes: 'unknown',
  needs: geminiFlow({
    oauth: ['authorization_endpoint', 'token_endpoint'],
    openid: ['authorization_endpoint', 'token_endpoint'],
  }),
  pkce: gemini({ absent: 'accepted', withoutS256: 'accepted' }),
  registration: geminiFlow({ dynamic: true, document: 'never', byHand: 'setting' }),
  httpEndpoints: gemini('accepted'),
  resourceParameter: gemini('the URL without its query'),
  scopes: gemini('all that the authorization server lists'),
  callback: readIn(
    GEMINI,
    'packages/core/src/utils/oauth-flow.ts',
    'main',
  )('http://localhost with a port, /oauth/callback'),
};
