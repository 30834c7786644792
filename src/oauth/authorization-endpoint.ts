import { isAddress } from '../base/address.ts';
import { Fault } from '../base/fault.ts';
import { isLoopbackHost, plain } from '../base/text.ts';
import { presetFor } from './presets.ts';
import type { ServerMetadata } from './report.ts';

/**
 * Parameters of an authorization request, of the IANA registry "OAuth Parameters" (location: authorization
 * request). They are the client's to set: RFC 6749 §3.1 lets an endpoint have a query, and a parameter must
 * not be there twice.
 */
const OF_THE_CLIENT = new Set([
  'acr_values',
  'aud',
  'authorization_details',
  'claims',
  'claims_locales',
  'client_assertion',
  'client_assertion_type',
  'client_id',
  'client_id_scheme',
  'client_metadata',
  'client_secret',
  'code',
  'code_challenge',
  'code_challenge_method',
  'code_verifier',
  'dcql_query',
  'display',
  'dpop_jkt',
  'error',
  'error_description',
  'exp',
  'expected_origins',
  'grant_type',
  'iat',
  'id_token_hint',
  'iss',
  'issuer_state',
  'jti',
  'login_hint',
  'max_age',
  'nbf',
  'nonce',
  'presentation_definition',
  'presentation_definition_uri',
  'prompt',
  'redirect_uri',
  'registration',
  'request',
  'request_uri',
  'resource',
  'response_mode',
  'response_type',
  'scope',
  'state',
  'sub',
  'transaction_data',
  'trust_chain',
  'ui_locales',
  'user_hint',
  'verifier_info',
  'wallet_issuer',
]);

/** Names in the query of an authorization endpoint that are looked at; no honest one has more. */
const MOST_NAMES = 100;

/**
 * The parameters in an authorization endpoint's own query that only a client may set: those registered for
 * authorization requests, and those in `sent`, which this request sets itself. Names are compared as servers
 * may read them: decoded as often as it takes, whatever their case, `;` a separator too, `resource[]` and
 * `redirect.uri` as PHP and others have them. A query of more than 100 parameters is one that hides something.
 */
export function clientParameters(endpoint: string, sent: Iterable<string> = []): string[] {
  const query = /\?([^#]*)/.exec(endpoint)?.[1] ?? '';
  const own = new Set([...OF_THE_CLIENT, ...[...sent].map(readName)]);
  const pairs = query.split(/[&;]/);
  if (pairs.length > MOST_NAMES) return [`${pairs.length} parameters`];
  const found = pairs.map(pair => readName(pair.split('=', 1)[0] ?? '')).filter(name => own.has(name));
  return [...new Set(found)];
}

/** A parameter's name as the most lenient of servers reads it. */
function readName(text: string): string {
  let name = text.replaceAll('+', ' ');
  for (let round = 0; round < 3; round++) {
    const next = name.replace(/(?:%[0-9a-f]{2})+/gi, encoded => {
      try {
        return decodeURIComponent(encoded);
      } catch {
        return encoded;
      }
    });
    if (next === name) break;
    name = next;
  }
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\p{Cc}\p{Cf}]/gu, '')
    .trim()
    .replace(/(?<=.)\[.*$/s, '')
    .replace(/[ .[]/g, '_');
}

/** Throws `sign-in.endpoint` for an authorization endpoint that sets what only a client may set. RFC 6749 §3.1. */
export function requireFreeEndpoint(
  { issuer, authorizationEndpoint = '' }: ServerMetadata,
  sent: Iterable<string>,
): void {
  const names = clientParameters(authorizationEndpoint, sent);
  if (names.length === 0) return;
  throw new Fault(
    'sign-in.endpoint',
    `The authorization endpoint that ${issuer} names sets what only the client may set: ${plain(names.join(', '))}.`,
    {
      remedy:
        'Nothing was opened, because a sign-in there could be for somebody else. Its operator should publish authorization_endpoint without them.',
    },
  );
}

/** Whose hosts a sign-in involves: where the user allows it, and who is given what the user allows there. */
export interface SignInHosts {
  server: string;
  issuer: string;
  /** Of the authorization endpoint: the page. */
  page: string;
  /** Of the token endpoint: where the code and its proof go. */
  token: string;
}

/** First labels that operators give to hosts of one service: `api.figma.com`, `www.figma.com`. */
const SERVICE =
  /^(?:accounts?|admin|api|apis|app|apps|auth|authn?|authorize|connect|console|dashboard|dash|gateway|id|identity|idp|login|mcp|my|oauth2?|openid|platform|portal|secure|sign-?in|sso|token|www\d?)$/;

/**
 * Whether a page's host belongs to whoever publishes the issuer's metadata: the same host, one below it, or
 * two hosts of one domain that differ in a service's label only. There is no list of public suffixes here, so
 * a common ending alone proves nothing: `evil.pages.example` is not `honest.pages.example`. The domain left
 * has two labels at least, and none that is a registry's (`co.uk`).
 */
function isOwn(issuer: string, page: string): boolean {
  const [one, other] = [issuer, page].map(host => host.replace(/\.$/, '').toLowerCase()) as [string, string];
  if (one === other) return true;
  if (isLoopbackHost(one) && isLoopbackHost(other)) return true;
  if (isAddress(one) || isAddress(other)) return false;
  if (one.includes('.') && other.endsWith(`.${one}`)) return true;
  return domainsOf(one).some(domain => domainsOf(other).includes(domain));
}

/** The domains a host may be a service of: itself, and what is left without a service's label, once or twice. */
function domainsOf(host: string): string[] {
  const domains = [host];
  let labels = host.split('.');
  for (let round = 0; round < 2 && SERVICE.test(labels[0] ?? ''); round++) {
    labels = labels.slice(1);
    if (!isDomain(labels)) break;
    domains.push(labels.join('.'));
  }
  return domains;
}

/** `co.uk`, `com.br` and `gov.au` are registries'; a country's two letters with a short label before them. */
function isDomain(labels: readonly string[]): boolean {
  const [last = '', before = ''] = [labels.at(-1), labels.at(-2)];
  return labels.length > 2 || (labels.length === 2 && !(last.length === 2 && before.length <= 3));
}

/**
 * The hosts of a sign-in whose page is on another site than the issuer, where no `iss` in the answer will
 * tell who gave the code: whoever signs in sees the page's name, and what they allow goes to somebody else.
 * `undefined` where there is nothing to confirm: the page is the issuer's own, `iss` is promised (RFC 9207),
 * or the issuer is a provider known to write its metadata itself. RFC 9700 §4.4.
 */
export function hostsToConfirm(
  server: URL,
  metadata: Pick<
    ServerMetadata,
    'issuer' | 'authorizationEndpoint' | 'tokenEndpoint' | 'authorizationResponseIssParameterSupported'
  >,
): SignInHosts | undefined {
  const { issuer, authorizationEndpoint, tokenEndpoint, authorizationResponseIssParameterSupported } =
    metadata;
  const [home, page, token] = [issuer, authorizationEndpoint, tokenEndpoint].map(each =>
    URL.parse(each ?? ''),
  );
  if (!home || !page || !token || authorizationResponseIssParameterSupported) return undefined;
  // Which preset the user names says nothing of whose page it is: only the issuer's own name does.
  if (isOwn(home.hostname, page.hostname) || presetFor(issuer)?.vouches) return undefined;
  return { server: server.host, issuer: home.host, page: page.host, token: token.host };
}

/** What whoever is to confirm is told: which goes where. */
export function whatToConfirm({ server, issuer, page, token }: SignInHosts): string {
  return `The sign-in to ${server} would open a page of ${page}, but what you allow there goes to ${token}${token === issuer ? '' : `, by the word of ${issuer}`}. They may not belong together.`;
}

/** How a confirmation is remembered: the three names that were shown. */
export function confirmationOf({ issuer, page, token }: SignInHosts): string {
  return `${issuer} ${page} ${token}`;
}

/** Nobody has confirmed it: `sign-in.unconfirmed`. */
export function unconfirmed(hosts: SignInHosts, how: string): Fault {
  return new Fault('sign-in.unconfirmed', `${whatToConfirm(hosts)} Nothing was opened.`, {
    remedy: how,
    data: { issuerHost: hosts.issuer, pageHost: hosts.page, tokenHost: hosts.token },
  });
}
