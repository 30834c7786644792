/**
 * Authorization servers that do PKCE with S256 but do not say so in their metadata. The specification
 * has a client refuse where `code_challenge_methods_supported` is absent; these are known to do it.
 */
export const S256_UNANNOUNCED: readonly { issuer: RegExp; name: string; reference: string }[] = [
  {
    issuer: /^https:\/\/login\.microsoftonline\.(com|us)\/[^/]+(\/v2\.0)?\/?$/,
    name: 'Microsoft Entra ID',
    reference: 'https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow',
  },
  {
    issuer: /^https:\/\/sts\.windows\.net\/[^/]+\/?$/,
    name: 'Microsoft Entra ID',
    reference: 'https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow',
  },
  {
    issuer: /^https:\/\/cognito-idp\.[a-z0-9-]+\.amazonaws\.com(\.cn)?\/[\w-]+$/,
    name: 'Amazon Cognito',
    reference:
      'https://docs.aws.amazon.com/cognito/latest/developerguide/using-pkce-in-authorization-code.html',
  },
];
