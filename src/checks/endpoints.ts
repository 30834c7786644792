import { isAddress, isPublicAddress } from '../base/address.ts';
import { asString, type JsonObject } from '../base/json.ts';
import { isLoopbackHost } from '../base/text.ts';

const NAMES = [
  'authorization_endpoint',
  'token_endpoint',
  'userinfo_endpoint',
  'jwks_uri',
  'registration_endpoint',
  'revocation_endpoint',
  'introspection_endpoint',
  'end_session_endpoint',
] as const;

/** The endpoints of a metadata document that are URLs, in the order people think of them. */
export function endpointsOf(document: JsonObject): { name: string; text: string; url: URL }[] {
  return NAMES.flatMap(name => {
    const text = asString(document[name]);
    const url = text === undefined ? null : URL.parse(text);
    return text !== undefined && url ? [{ name, text, url }] : [];
  });
}

const INNER = /\.(?:local|internal|intranet|lan|corp|svc|localdomain|home\.arpa)$/;

/**
 * Why a host is known only inside a network, as the end of a sentence ("is an address of a private network");
 * `undefined` for one that may be public.
 */
export function innerHost(hostname: string): string | undefined {
  const host = hostname.toLowerCase().replace(/\.$/, '');
  if (isLoopbackHost(host)) return 'is this machine itself';
  if (isAddress(host))
    return isPublicAddress(host.replace(/^\[|\]$/g, '')) ? undefined : 'is an address of a private network';
  if (INNER.test(host)) return 'is a name inside a network';
  return host.includes('.') ? undefined : 'is a name without a domain';
}

/** Whether a URL goes over plain http to another machine. */
export function isPlain(text: string): boolean {
  const url = URL.parse(text);
  return url?.protocol === 'http:' && !isLoopbackHost(url.hostname);
}
