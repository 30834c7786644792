import type { ClientRegistration } from './grant.ts';
import type { ServerMetadata } from './report.ts';

/** A request to the authorization server that is sent next, as it may be shown: what is secret, or good for one time, is hidden. */
export interface Asking {
  purpose: 'registration' | 'device' | 'token';
  endpoint: string;
  parameters: readonly Parameter[];
}

export type Parameter = readonly [name: string, value: string];

/** What stands for a value that is nobody's business. */
function hidden(value: string): string {
  return `(hidden, ${value.length} characters)`;
}

/** Parameters whose values are secrets, good for one time, or say who somebody is. */
const HIDDEN =
  /^(?:state|nonce|code|device_code|code_challenge|code_verifier|request|id_token_hint|login_hint)$|secret|token$|assertion|password|key$|statement/i;
/** They end as a secret does and are none. */
const SHOWN = /^(?:token_endpoint_auth_method|subject_token_type|requested_token_type)$/i;

/** A parameter as it may be shown. */
export function shownParameter([name, value]: Parameter): Parameter {
  return [name, HIDDEN.test(name) && !SHOWN.test(name) ? hidden(value) : value];
}

/** A token or device request of this client, as it is to be sent. RFC 6749 §2.3.1, §3.2. */
export function asking(
  purpose: 'device' | 'token',
  { tokenEndpoint = '', deviceAuthorizationEndpoint = '' }: ServerMetadata,
  { clientId, clientSecret, tokenEndpointAuthMethod }: ClientRegistration,
  parameters: Iterable<Parameter>,
): Asking {
  const own: Parameter[] = [['client_id', clientId]];
  if (clientSecret !== undefined && tokenEndpointAuthMethod === 'client_secret_post')
    own.push(['client_secret', clientSecret]);
  const header: Parameter[] =
    clientSecret !== undefined && tokenEndpointAuthMethod === 'client_secret_basic'
      ? [['Authorization', `Basic ${hidden(clientSecret)}`]]
      : [];
  const isInHeader = header.length > 0;
  return {
    purpose,
    endpoint: purpose === 'token' ? tokenEndpoint : deviceAuthorizationEndpoint,
    parameters: [...header, ...[...parameters, ...(isInHeader ? [] : own)].map(shownParameter)],
  };
}
