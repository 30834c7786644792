import { type Client, toldIn } from '../client.ts';
import { AUTHORIZATION, rfc, TRANSPORTS } from '../references.ts';

const own = (file: string) =>
  toldIn({ title: `Keybridge, src/oauth/${file}, after ${AUTHORIZATION.title}`, url: AUTHORIZATION.url });
const discover = own('discover.ts');
const places = own('well-known.ts');
const metadata = own('metadata.ts');
const retrieve = own('retrieve.ts');
const signIn = own('sign-in.ts');

/** What it did is in each examination; this is what it goes by. */
export const KEYBRIDGE: Client = {
  name: 'keybridge',
  title: 'Keybridge',
  version: 'this one',
  challenge: discover('post'),
  challenges: own('challenge.ts')('any'),
  named: discover('anywhere'),
  resourcePlaces: places({
    named: ['named', 'path'],
    unnamed: ['path', 'root'],
    slash: 'both',
    query: true,
  }),
  resourceReactions: discover({ 'no-issuers': 'none', otherwise: 'next' }),
  redirects: retrieve('all'),
  issuers: discover('each'),
  serverPlaces: places({
    path: ['oauth', 'openid-inserted', 'openid-appended'],
    root: ['oauth', 'openid-appended'],
  }),
  serverReactions: retrieve({ otherwise: 'next' }),
  withoutIssuer: discover(['origin', 'guess-origin']),
  withoutMetadata: discover([]),
  reach: discover('any'),
  begins: discover([401]),
  older: toldIn({
    title: `Keybridge, src/bridge/http.ts, after ${TRANSPORTS.title}`,
    url: TRANSPORTS.url,
  })({ from: 400, to: 405 }),
  postRedirects: toldIn({
    title: 'Keybridge, src/bridge/requester.ts, after RFC 9110 §15.4',
    url: rfc(9110, '15.4').url,
  })('same-origin-keeping-post'),
  resource: own('identifier.ts')({ rule: 'prefix-or-slash' }),
  issuer: metadata('exact'),
  originIssuer: metadata('root-slash'),
  needs: metadata({
    oauth: ['issuer', 'authorization_endpoint', 'token_endpoint'],
    openid: ['issuer', 'authorization_endpoint', 'token_endpoint'],
  }),
  shapes: metadata('unchecked'),
  pkce: signIn({ absent: 'refused', withoutS256: 'refused' }),
  registration: own('register.ts')({ dynamic: true, document: 'if-configured', byHand: 'setting' }),
  httpEndpoints: own('identifier.ts')('refused'),
  resourceParameter: own('ask.ts')('as the resource metadata has it, else the URL'),
  scopes: own('scope.ts')('what the challenge asks for, else scopes_supported of the resource'),
  callback: own('callback.ts')('http://127.0.0.1 with one fixed port, /callback'),
};
