import { isAddress } from '../base/address.ts';
import { asString, type JsonObject } from '../base/json.ts';
import { isLoopbackHost } from '../base/text.ts';
import { isPlaintext } from './gate.ts';
import { isInternalHost } from './internal-host.ts';

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

/**
 * Why a host is known only inside a network, as the end of a sentence ("is an address of a private network");
 * `undefined` for one that may be public.
 */
export function innerHost(hostname: string): string | undefined {
  if (!isInternalHost(hostname)) return undefined;
  if (isLoopbackHost(hostname)) return 'is this machine itself';
  if (isAddress(hostname)) return 'is an address of a private network';
  return hostname.includes('.') ? 'is a name inside a network' : 'is a name without a domain';
}

/** Whether text is a URL that goes over plain http to another machine. */
export function isPlain(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && isPlaintext(url);
}
