/** Where the specifications say what a term means. */
export const SECTIONS = {
  method: ['MCP, Lifecycle', 'https://modelcontextprotocol.io/specification/2025-11-25/basic/lifecycle'],
  status: ['RFC 9110 §15.5.2', 'https://www.rfc-editor.org/rfc/rfc9110#section-15.5.2'],
  scheme: ['RFC 9110 §11.6.1', 'https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1'],
  resource_metadata: ['RFC 9728 §5.1', 'https://www.rfc-editor.org/rfc/rfc9728#section-5.1'],
  error: ['RFC 6749 §4.1.2.1', 'https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1'],
  resource: ['RFC 8707 §2', 'https://www.rfc-editor.org/rfc/rfc8707#section-2'],
  issuer: ['RFC 8414 §2', 'https://www.rfc-editor.org/rfc/rfc8414#section-2'],
  authorization_endpoint: ['RFC 6749 §3.1', 'https://www.rfc-editor.org/rfc/rfc6749#section-3.1'],
  token_endpoint: ['RFC 6749 §3.2', 'https://www.rfc-editor.org/rfc/rfc6749#section-3.2'],
  registration_endpoint: ['RFC 7591 §3', 'https://www.rfc-editor.org/rfc/rfc7591#section-3'],
  scope: ['RFC 6749 §3.3', 'https://www.rfc-editor.org/rfc/rfc6749#section-3.3'],
  client_name: ['RFC 7591 §2', 'https://www.rfc-editor.org/rfc/rfc7591#section-2'],
  redirect_uri: ['RFC 8252 §7.3', 'https://www.rfc-editor.org/rfc/rfc8252#section-7.3'],
  grant_type: ['RFC 6749 §4.1.3', 'https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3'],
  response_type: ['RFC 6749 §3.1.1', 'https://www.rfc-editor.org/rfc/rfc6749#section-3.1.1'],
  token_endpoint_auth_method: ['RFC 7591 §2', 'https://www.rfc-editor.org/rfc/rfc7591#section-2'],
  application_type: ['RFC 8252 §8.4', 'https://www.rfc-editor.org/rfc/rfc8252#section-8.4'],
  client_id: ['RFC 6749 §2.2', 'https://www.rfc-editor.org/rfc/rfc6749#section-2.2'],
  client_secret: ['RFC 6749 §2.3.1', 'https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1'],
  code_challenge: ['RFC 7636 §4.2', 'https://www.rfc-editor.org/rfc/rfc7636#section-4.2'],
  code_challenge_method: ['RFC 7636 §4.3', 'https://www.rfc-editor.org/rfc/rfc7636#section-4.3'],
  code_verifier: ['RFC 7636 §4.1', 'https://www.rfc-editor.org/rfc/rfc7636#section-4.1'],
  state: ['RFC 6749 §10.12', 'https://www.rfc-editor.org/rfc/rfc6749#section-10.12'],
  prompt: [
    'OpenID Connect Core §3.1.2.1',
    'https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest',
  ],
  code: ['RFC 6749 §4.1.2', 'https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2'],
  iss: ['RFC 9207 §2', 'https://www.rfc-editor.org/rfc/rfc9207#section-2'],
  device_code: ['RFC 8628 §3.2', 'https://www.rfc-editor.org/rfc/rfc8628#section-3.2'],
  bearer: ['RFC 6750 §2.1', 'https://www.rfc-editor.org/rfc/rfc6750#section-2.1'],
  aud: ['RFC 9068 §3', 'https://www.rfc-editor.org/rfc/rfc9068#section-3'],
  exp: ['RFC 7519 §4.1.4', 'https://www.rfc-editor.org/rfc/rfc7519#section-4.1.4'],
  token_type: ['RFC 6749 §7.1', 'https://www.rfc-editor.org/rfc/rfc6749#section-7.1'],
  refresh_token: ['RFC 6749 §1.5', 'https://www.rfc-editor.org/rfc/rfc6749#section-1.5'],
} as const satisfies Record<string, readonly [section: string, url: string]>;

export type Term = keyof typeof SECTIONS;

/** The term that explains a field; `undefined` for one that needs no words. */
export function termOf({ name, term = name }: { name: string; term?: string }): Term | undefined {
  return Object.hasOwn(SECTIONS, term) ? (term as Term) : undefined;
}
