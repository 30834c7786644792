import { type Client, readIn } from '../client.ts';

const PYTHON = 'modelcontextprotocol/python-sdk';
const python = readIn(PYTHON, 'src/mcp/client/auth/oauth2.py', 'main');
const pythonUrls = readIn(PYTHON, 'src/mcp/client/auth/utils.py', 'main');
const pythonShapes = readIn(PYTHON, 'src/mcp/shared/auth.py', 'main');
const pythonHttp = readIn(PYTHON, 'src/mcp/shared/_httpx_utils.py', 'main');
const csharp = readIn(
  'modelcontextprotocol/csharp-sdk',
  'src/ModelContextProtocol.Core/Authentication/ClientOAuthProvider.cs',
  'main',
);
const csharpTransport = readIn(
  'modelcontextprotocol/csharp-sdk',
  'src/ModelContextProtocol.Core/Client/AutoDetectingClientSessionTransport.cs',
  'main',
);
const rust = readIn('modelcontextprotocol/rust-sdk', 'crates/rmcp/src/transport/auth.rs', 'main');

export const PYTHON_SDK: Client = {
  name: 'python-sdk',
  title: 'Python SDK',
  version: 'main, August 2026',
  challenge: python('post'),
  challenges: pythonUrls('any'),
  named: python('anywhere'),
  resourcePlaces: pythonUrls({ named: ['named', 'path', 'root'], unnamed: ['path', 'root'], slash: 'kept' }),
  resourceReactions: python({ failed: 'stop', mismatch: 'stop', otherwise: 'next' }),
  redirects: pythonHttp('all'),
  issuers: python('first'),
  serverPlaces: pythonUrls({
    path: ['oauth', 'openid-inserted', 'openid-appended'],
    root: ['oauth', 'openid-appended'],
  }),
  // After a 5xx it asks nowhere else and goes on without metadata.
  serverReactions: pythonUrls({
    failed: 'stop',
    mismatch: 'stop',
    gateway: 'none',
    broken: 'none',
    otherwise: 'next',
  }),
  withoutIssuer: pythonUrls(['origin-oauth', 'guess-origin']),
  withoutMetadata: python(['guess-origin']),
  reach: python('any'),
  begins: python([401]),
  // The application chooses.
  older: 'unknown',
  postRedirects: pythonHttp('all'),
  resource: readIn(PYTHON, 'src/mcp/shared/auth_utils.py', 'main')({ rule: 'prefix-or-slash' }),
  issuer: pythonUrls('exact'),
  originIssuer: python('unchecked'),
  shapes: 'unknown',
  needs: pythonShapes({
    oauth: ['issuer', 'authorization_endpoint', 'token_endpoint'],
    openid: ['issuer', 'authorization_endpoint', 'token_endpoint'],
  }),
  pkce: python({ absent: 'accepted', withoutS256: 'accepted' }),
  registration: pythonUrls({ dynamic: 'guessed', document: 'if-configured', byHand: 'setting' }),
  httpEndpoints: pythonShapes('accepted'),
  resourceParameter: python('as the resource metadata has it; without, the URL, from 2025-06-18 on'),
  scopes: pythonUrls(
    'what the challenge asks for, else scopes_supported of the resource, else of the authorization server',
  ),
  callback: python('what the application gives'),
};

export const CSHARP_SDK: Client = {
  name: 'csharp-sdk',
  title: 'C# SDK',
  version: 'main, August 2026',
  challenge: csharp('post'),
  challenges: csharp('any'),
  named: csharp('anywhere'),
  resourcePlaces: csharp({ named: ['named'], unnamed: ['path', 'root'], slash: 'dropped' }),
  // What answers with success must be right; only where nothing is named may an address be without answer.
  resourceReactions: csharp({
    refused: 'next',
    busy: 'next',
    gateway: 'next',
    broken: 'next',
    redirect: 'next',
    otherwise: 'stop',
    whenNamed: { otherwise: 'stop' },
  }),
  redirects: 'unknown',
  issuers: csharp('first'),
  serverPlaces: csharp({
    path: ['oauth', 'openid-inserted', 'openid-appended'],
    root: ['oauth', 'openid-appended'],
  }),
  serverReactions: csharp({ lacking: 'stop', mismatch: 'stop', otherwise: 'next' }),
  withoutIssuer: csharp(['origin', 'guess-origin']),
  withoutMetadata: csharp([]),
  reach: csharp('any'),
  begins: csharp([401]),
  older: csharpTransport({ from: 400, to: 599 }),
  postRedirects: 'unknown',
  resource: csharp({ rule: 'same-or-origin' }),
  issuer: csharp('exact'),
  originIssuer: csharp('unchecked'),
  shapes: 'unknown',
  needs: csharp({ oauth: ['authorization_endpoint'], openid: ['authorization_endpoint'] }),
  pkce: csharp({ absent: 'next', withoutS256: 'next' }),
  registration: csharp({ dynamic: true, document: 'if-configured', byHand: 'setting' }),
  httpEndpoints: csharp('accepted'),
  resourceParameter: csharp('as the resource metadata has it'),
  scopes: csharp('what the challenge asks for, else scopes_supported of the resource'),
  callback: csharp('what the application gives'),
};

export const RUST_SDK: Client = {
  name: 'rust-sdk',
  title: 'Rust SDK',
  version: '3.1.4',
  challenge: rust('post-and-get'),
  challenges: rust('any'),
  named: rust('same-origin'),
  resourcePlaces: rust({
    named: ['named', 'path', 'appended', 'root'],
    unnamed: ['path', 'appended', 'root'],
    slash: 'dropped',
  }),
  // The first address that answers 200 counts, whatever it says.
  resourceReactions: rust({
    refused: 'next',
    page: 'none',
    'no-issuers': 'none',
    otherwise: 'stop',
  }),
  redirects: rust('same-origin-or-fails'),
  issuers: rust('each'),
  serverPlaces: rust({
    path: ['oauth', 'openid-inserted', 'openid-appended', 'oauth-root'],
    root: ['oauth', 'openid-appended'],
  }),
  serverReactions: rust({ refused: 'next', page: 'next', lacking: 'next', otherwise: 'stop' }),
  withoutIssuer: rust(['server', 'guess-origin']),
  withoutMetadata: rust(['server', 'guess-origin']),
  reach: rust('any'),
  begins: rust([401]),
  older: 'unknown',
  postRedirects: 'unknown',
  resource: rust({ rule: 'prefix' }),
  issuer: rust('root-slash'),
  originIssuer: rust('by-place'),
  shapes: 'unknown',
  needs: rust({
    oauth: ['authorization_endpoint', 'token_endpoint'],
    openid: ['authorization_endpoint', 'token_endpoint'],
  }),
  pkce: rust({ absent: 'accepted', withoutS256: 'refused' }),
  registration: rust({ dynamic: true, document: 'if-configured', byHand: 'setting' }),
  httpEndpoints: rust('accepted'),
  resourceParameter: rust('as the resource metadata has it, else the URL'),
  scopes: rust('what the application gives, else the challenge, else scopes_supported of the resource'),
  callback: rust('what the application gives'),
};
