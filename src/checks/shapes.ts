import { isObject, type JsonObject } from '../base/json.ts';

/** Types of members as clients that check them want them; with `or-empty` an empty string does, too. */
type Shape = 'text' | 'texts' | 'url' | 'url-or-empty' | 'urls' | 'number' | 'flag';
/** Members of a document by name; those whose name ends with `!` must be there. */
export type Shapes = Readonly<Record<string, Shape>>;

const each = <const T extends Shape>(shape: T, names: string): Record<string, T> =>
  Object.fromEntries(
    names
      .trim()
      .split(/\s+/)
      .map(name => [name, shape]),
  );

/** The official TypeScript SDK, src/shared/auth.ts: OAuthProtectedResourceMetadataSchema. */
export const RESOURCE_SHAPES: Shapes = {
  'resource!': 'url',
  authorization_servers: 'urls',
  ...each('url', 'jwks_uri resource_policy_uri resource_tos_uri'),
  ...each('text', 'resource_name resource_documentation'),
  ...each(
    'texts',
    'scopes_supported bearer_methods_supported resource_signing_alg_values_supported authorization_details_types_supported dpop_signing_alg_values_supported',
  ),
  ...each('flag', 'tls_client_certificate_bound_access_tokens dpop_bound_access_tokens_required'),
};

/** The same, OAuthMetadataSchema; OpenIdProviderDiscoveryMetadataSchema has nothing in another type. */
export const SERVER_SHAPES: Shapes = {
  'issuer!': 'text',
  'authorization_endpoint!': 'url',
  'token_endpoint!': 'url',
  'response_types_supported!': 'texts',
  ...each('url', 'registration_endpoint revocation_endpoint'),
  ...each(
    'texts',
    `scopes_supported response_modes_supported grant_types_supported token_endpoint_auth_methods_supported
    token_endpoint_auth_signing_alg_values_supported code_challenge_methods_supported`,
  ),
  client_id_metadata_document_supported: 'flag',
};

/** The same, OAuthClientInformationFullSchema: the answer to a registration. */
export const CLIENT_SHAPES: Shapes = {
  'client_id!': 'text',
  'redirect_uris!': 'urls',
  ...each('text', 'client_secret token_endpoint_auth_method client_name scope policy_uri'),
  ...each('text', 'software_id software_version software_statement'),
  ...each('texts', 'grant_types response_types contacts'),
  ...each('url', 'client_uri jwks_uri'),
  ...each('url-or-empty', 'logo_uri tos_uri'),
  ...each('number', 'client_id_issued_at client_secret_expires_at'),
};

/** The members of a document that are not of their type, each with what it is: `client_uri is ""`. */
export function misshapen(json: JsonObject, shapes: Shapes): string[] {
  return Object.entries(shapes).flatMap(([name, shape]) => {
    const key = name.replace('!', '');
    const value = json[key];
    if (value === undefined) return name.endsWith('!') ? [`${key} is missing`] : [];
    return fits(value, shape) ? [] : [`${key} is ${shown(value)}`];
  });
}

function fits(value: unknown, shape: Shape): boolean {
  switch (shape) {
    case 'text':
      return typeof value === 'string';
    case 'texts':
      return Array.isArray(value) && value.every(one => typeof one === 'string');
    case 'url':
      return isUrl(value);
    case 'url-or-empty':
      return value === '' || isUrl(value);
    case 'urls':
      return Array.isArray(value) && value.every(isUrl);
    case 'number':
      return typeof value === 'number';
    case 'flag':
      return typeof value === 'boolean';
  }
}

function isUrl(value: unknown): boolean {
  const url = typeof value === 'string' ? URL.parse(value) : null;
  return url !== null && !/^(?:javascript|data|vbscript):$/.test(url.protocol);
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list with something else in it';
  if (isObject(value)) return 'an object';
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
