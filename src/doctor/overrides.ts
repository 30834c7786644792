import { asString, type JsonObject } from '../base/json.ts';
import { shownUrl } from '../base/text.ts';
import type { HeaderList } from '../base/world.ts';
import type { Override } from '../checks/examination.ts';
import { checkUrl } from '../oauth/identifier.ts';

/** Members of an authorization server's metadata that a user may name. */
export const ENDPOINTS = ['authorization_endpoint', 'token_endpoint', 'registration_endpoint'] as const;
type Endpoint = (typeof ENDPOINTS)[number];

/** What the user puts in the place of what the servers say. */
export interface Overrides {
  /** Of the first authorization server that is examined. */
  endpoints?: Readonly<Partial<Record<Endpoint, string>>>;
  clientId?: string;
  /** Scopes, apart by spaces. RFC 6749 §3.3. */
  scope?: string;
  /** The resource indicator. RFC 8707 §2. */
  resource?: string;
}

/** An endpoint as the user names it, else as metadata does; `undefined` where that may not be asked. */
export function endpointOf(
  name: Endpoint,
  metadata: JsonObject | undefined,
  { endpoints = {} }: Overrides = {},
): string | undefined {
  const url = endpoints[name] ?? asString(metadata?.[name]);
  return url !== undefined && checkUrl(url, { allowHttp: true }).ok ? url : undefined;
}

/** The addresses among them, whose queries may hold a key as the target's may. */
export function addressesOf(
  { endpoints = {}, resource }: Overrides,
  { resourceMetadata, issuers = [] }: { resourceMetadata?: string | undefined; issuers?: readonly string[] },
): URL[] {
  const texts = [...Object.values(endpoints), resource, resourceMetadata, ...issuers];
  return texts.flatMap(text => (text ? (URL.parse(text) ?? []) : []));
}

/** Everything a command line overrides, as every report of it says. Of header fields the names only. */
export function overridden(
  { endpoints = {}, clientId, scope, resource }: Overrides,
  more: {
    resourceMetadata?: string | undefined;
    issuers?: readonly string[];
    headers?: HeaderList;
    userAgent?: string | undefined;
  },
): Override[] {
  const said: [string, string | undefined][] = [
    ['resource_metadata', more.resourceMetadata && shownUrl(more.resourceMetadata)],
    ...(more.issuers ?? []).map((each): [string, string] => ['issuer', shownUrl(each)]),
    ...ENDPOINTS.map((name): [string, string | undefined] => [
      name,
      endpoints[name] && shownUrl(endpoints[name]),
    ]),
    ['client_id', clientId],
    ['scope', scope],
    ['resource', resource && shownUrl(resource)],
    ...(more.headers ?? []).map(([name]): [string, string] => ['header', name]),
    ['header', more.userAgent && 'User-Agent'],
  ];
  return said.flatMap(([what, value]) => (value ? [{ what, value }] : []));
}
