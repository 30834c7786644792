/**
 * What identity providers need beyond the standard, as one table of data. A row is found by the issuer, or
 * named by the user (`--preset`); what it changes is said in the trace, and whatever the user names by
 * another flag wins.
 */
export interface Preset {
  name: string;
  /** In sentences. */
  title: string;
  issuer: RegExp;
  /**
   * Its metadata is written by the provider and by none of its customers, so that every endpoint named there is
   * the provider's own word, on whatever site.
   */
  vouches?: true;
  /** It does PKCE with S256 although its metadata does not say so. */
  s256?: true;
  /**
   * How it wants to hear what the token is for. `in-scope`: the scopes say it, and a `resource` beside them is
   * refused. `as-audience`: in the parameter `audience`, where resource metadata names the resource.
   */
  resource?: 'in-scope' | 'as-audience';
  /** It has no scope `offline_access` and refuses a request with it. */
  noOfflineScope?: true;
  /** `offline_access` needs no `prompt=consent`, which would keep out users who may not consent themselves. */
  noForcedConsent?: true;
  /** Further parameters of the authorization request. */
  authorizeParams?: Readonly<Record<string, string>>;
  /** What to ask for where nobody names a scope, since it refuses a request without any. */
  scopeless?: 'openid' | 'default-of-resource' | 'listed';
  references: readonly string[];
}

/**
 * The loopback form needs no column: a client registered by hand comes back to `localhost`, as its operator
 * wrote it for mcp-remote, and one that registers itself offers both spellings.
 */
export const PRESETS: readonly Preset[] = [
  {
    name: 'entra',
    title: 'Microsoft Entra ID',
    issuer:
      /^https:\/\/(login\.microsoftonline\.(com|us)|login\.partner\.microsoftonline\.cn|[\w-]+\.ciamlogin\.com)\/[^/]+\/v2\.0\/?$/,
    vouches: true,
    s256: true,
    resource: 'in-scope',
    noForcedConsent: true,
    scopeless: 'default-of-resource',
    references: [
      'https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow',
      'https://github.com/punkpeye/mcp-remote/issues/217',
      'https://github.com/anthropics/claude-code/issues/94804',
    ],
  },
  {
    name: 'entra-v1',
    title: 'Microsoft Entra ID (v1.0)',
    issuer: /^https:\/\/(sts\.windows\.net|login\.microsoftonline\.(com|us))\/[^/]+\/?$/,
    vouches: true,
    s256: true,
    noForcedConsent: true,
    references: ['https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow'],
  },
  {
    name: 'google',
    title: 'Google',
    issuer: /^https:\/\/accounts\.google\.com\/?$/,
    vouches: true,
    noOfflineScope: true,
    // A refresh token is given for these two only, and again only with both.
    authorizeParams: { access_type: 'offline', prompt: 'consent' },
    references: [
      'https://developers.google.com/identity/protocols/oauth2/native-app',
      'https://github.com/punkpeye/mcp-remote/pull/258',
    ],
  },
  {
    name: 'auth0',
    title: 'Auth0',
    issuer: /^https:\/\/[\w-]+(\.[\w-]+)*\.auth0\.com\/?$/,
    vouches: true,
    resource: 'as-audience',
    references: [
      'https://auth0.com/ai/docs/mcp/guides/resource-param-compatibility-profile',
      'https://github.com/danny-avila/LibreChat/issues/13401',
      'https://github.com/modelcontextprotocol/modelcontextprotocol/issues/1389',
    ],
  },
  {
    name: 'okta',
    title: 'Okta',
    issuer: /^https:\/\/[\w-]+\.(okta|oktapreview|okta-emea|okta-gov)\.com(\/oauth2\/[\w-]+)?\/?$/,
    vouches: true,
    scopeless: 'openid',
    references: [
      'https://developer.okta.com/docs/reference/api/oidc/',
      'https://github.com/anomalyco/opencode/issues/28811',
    ],
  },
  {
    name: 'cognito',
    title: 'Amazon Cognito',
    issuer: /^https:\/\/cognito-idp\.[a-z0-9-]+\.amazonaws\.com(\.cn)?\/[\w-]+$/,
    vouches: true,
    s256: true,
    noOfflineScope: true,
    scopeless: 'openid',
    references: [
      'https://docs.aws.amazon.com/cognito/latest/developerguide/using-pkce-in-authorization-code.html',
      'https://github.com/anthropics/claude-code/issues/90190',
    ],
  },
  {
    name: 'keycloak',
    title: 'Keycloak',
    issuer: /^https?:\/\/[^/?#]+(\/[^?#]*)?\/realms\/[^/?#]+$/,
    noForcedConsent: true,
    references: [
      'https://www.keycloak.org/docs/latest/server_admin/#_offline-access',
      'https://openid.net/specs/openid-connect-core-1_0.html#OfflineAccess',
    ],
  },
  {
    name: 'atlassian',
    title: 'Atlassian',
    issuer: /^https:\/\/((cf\.)?mcp\.atlassian\.com\/?|auth\.atlassian\.com(\/\w+)?)$/,
    vouches: true,
    references: [
      'https://support.atlassian.com/atlassian-rovo-mcp-server/docs/getting-started-with-the-atlassian-remote-mcp-server/',
      'https://github.com/atlassian/atlassian-mcp-server/issues/205',
    ],
  },
  {
    name: 'github',
    title: 'GitHub',
    issuer: /^https:\/\/github\.com\/login\/oauth\/?$/,
    vouches: true,
    // Its tokens do not expire, or are renewed without being asked for it.
    noOfflineScope: true,
    references: [
      'https://docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps',
      'https://github.com/github/github-mcp-server/issues/253',
    ],
  },
  {
    name: 'slack',
    title: 'Slack',
    issuer: /^https:\/\/(mcp\.)?slack\.com\/?$/,
    vouches: true,
    noOfflineScope: true,
    scopeless: 'listed',
    references: [
      'https://docs.slack.dev/ai/slack-mcp-server/developing',
      'https://github.com/bluedotimpact/bluedot/pull/2278',
    ],
  },
];

/**
 * Issuers that are known to publish their metadata under another identifier than the one they are asked for
 * by, where RFC 8414 §3.3 has a client refuse. Each pair belongs to one and the same operator.
 */
const ANNOUNCED_OTHERWISE: readonly { asked: RegExp; announced: string; reference: string }[] = [
  {
    asked: /^https:\/\/accounts\.google\.com\/$/,
    announced: 'https://accounts.google.com',
    reference: 'https://github.com/github/copilot-cli/issues/4606',
  },
  {
    asked: /^https:\/\/login\.microsoftonline\.com\/(common|organizations)\/v2\.0\/?$/,
    announced: 'https://login.microsoftonline.com/{tenantid}/v2.0',
    reference: 'https://github.com/MicrosoftDocs/azure-docs/issues/38427',
  },
  {
    asked: /^https:\/\/mcp\.atlassian\.com\/?$/,
    announced: 'https://cf.mcp.atlassian.com',
    reference: 'https://github.com/atlassian/atlassian-mcp-server/issues/205',
  },
  {
    asked: /^https:\/\/auth\.atlassian\.com\/\w+$/,
    announced: 'https://auth.atlassian.com',
    reference: 'https://github.com/atlassian/atlassian-mcp-server/issues/205',
  },
  {
    asked: /^https:\/\/mcp\.slack\.com\/?$/,
    announced: 'https://slack.com',
    reference: 'https://github.com/slackapi/slack-skills-plugin/issues/7',
  },
];

/** The row for an issuer, or the one the user names; `none` is no row. */
export function presetFor(issuer: string, named?: string): Preset | undefined {
  return PRESETS.find(({ name, issuer: pattern }) =>
    named === undefined ? pattern.test(issuer) : name === named,
  );
}

/** Where it is known that an issuer announces itself so; a reference, or `undefined`. */
export function announcedOtherwise(asked: string, announced: string): string | undefined {
  return ANNOUNCED_OTHERWISE.find(each => each.asked.test(asked) && each.announced === announced)?.reference;
}
