import { PRESETS } from '../oauth/presets.ts';

/**
 * Where something stands: before the server (`edge`), before it and asking who comes (`gate`), the server's own
 * framework (`server`), or the authorization server (`issuer`).
 */
export type Place = 'edge' | 'gate' | 'server' | 'issuer';

/** How one piece of software gives itself away. Any one sign is enough, so each must be its own. */
export interface Signs {
  name: string;
  title: string;
  place: Place;
  /** Header fields of an answer, by name in lower case, and what their value looks like. */
  fields?: Readonly<Record<string, RegExp>>;
  /** Names of cookies it sets. */
  cookies?: RegExp;
  /** The body of an answer. */
  body?: RegExp;
  /** The URL asked for, or where a redirect leads. */
  url?: RegExp;
  /** Issuers it stands for. */
  issuer?: RegExp;
  /** The subject of the certificate presented. */
  certificate?: RegExp;
}

const ANY = /(?:)/;

const EDGES = [
  {
    name: 'ingress-nginx',
    title: 'ingress-nginx',
    place: 'edge',
    cookies: /^INGRESSCOOKIE$/,
    // Its own max-age, which nobody writes by hand.
    fields: { 'strict-transport-security': /^max-age=15724800; includeSubDomains$/i },
    body: /^default backend - 404/,
    certificate: /^Kubernetes Ingress Controller Fake Certificate$/,
  },
  {
    name: 'nginx',
    title: 'nginx',
    place: 'edge',
    fields: { server: /^(?:nginx|openresty)\b/i },
    body: /<center>(?:nginx|openresty)\b/,
  },
  { name: 'istio', title: 'Istio', place: 'edge', fields: { server: /^istio-envoy$/ } },
  {
    name: 'envoy',
    title: 'Envoy',
    place: 'edge',
    fields: { server: /^envoy$/, 'x-envoy-upstream-service-time': ANY },
  },
  { name: 'traefik', title: 'Traefik', place: 'edge', certificate: /^TRAEFIK DEFAULT CERT$/ },
  {
    name: 'caddy',
    title: 'Caddy',
    place: 'edge',
    fields: { server: /^Caddy\b/, via: /\bCaddy\b/ },
    certificate: /^Caddy Local Authority/,
  },
  { name: 'apache', title: 'Apache', place: 'edge', fields: { server: /^Apache(?:\/2|$| \()/ } },
  {
    name: 'haproxy',
    title: 'HAProxy',
    place: 'edge',
    body: /No server is available to handle this request\./,
  },
  {
    name: 'cloudflare-tunnel',
    title: 'Cloudflare Tunnel',
    place: 'edge',
    body: /error code: 1033\b|Cloudflare Tunnel error/,
    url: /^https:\/\/[\w-]+\.trycloudflare\.com\//,
  },
  {
    name: 'cloudflare',
    title: 'Cloudflare',
    place: 'edge',
    fields: { server: /^cloudflare$/, 'cf-ray': ANY },
  },
  {
    name: 'api-gateway',
    title: 'AWS API Gateway',
    place: 'edge',
    fields: {
      'x-amz-apigw-id': ANY,
      'apigw-requestid': ANY,
      'x-amzn-remapped-www-authenticate': ANY,
      'x-amzn-remapped-server': ANY,
    },
    body: /^\{"message":"Missing Authentication Token"\}$/,
    url: /^https:\/\/[\w-]+\.execute-api\.[\w-]+\.amazonaws\.com\//,
  },
  {
    name: 'cloudfront',
    title: 'Amazon CloudFront',
    place: 'edge',
    fields: { 'x-amz-cf-id': ANY, server: /^CloudFront$/, via: /\(CloudFront\)/ },
  },
  {
    name: 'alb',
    title: 'AWS Application Load Balancer',
    place: 'edge',
    fields: { server: /^awselb\// },
    cookies: /^AWSALB(?:CORS|APP-\d|TG(?:CORS)?)?$/,
  },
  { name: 'aws-waf', title: 'AWS WAF', place: 'gate', fields: { 'x-amzn-waf-action': ANY } },
  {
    name: 'application-gateway',
    title: 'Azure Application Gateway',
    place: 'edge',
    fields: { server: /^Microsoft-Azure-Application-Gateway/ },
    cookies: /^ApplicationGatewayAffinity(?:CORS)?$/,
  },
  { name: 'front-door', title: 'Azure Front Door', place: 'edge', fields: { 'x-azure-ref': ANY } },
  {
    name: 'api-management',
    title: 'Azure API Management',
    place: 'edge',
    body: /Access denied due to (?:missing|invalid) subscription key/,
    url: /^https:\/\/[\w-]+\.azure-api\.net\//,
  },
  {
    name: 'app-service',
    title: 'Azure App Service',
    place: 'edge',
    cookies: /^ARRAffinity(?:SameSite)?$/,
    url: /^https:\/\/[\w-]+(?:\.[\w-]+)?\.azurewebsites\.net\//,
  },
  { name: 'google-frontend', title: 'Google Cloud', place: 'edge', fields: { server: /^Google Frontend$/ } },
  { name: 'vercel', title: 'Vercel', place: 'edge', fields: { server: /^Vercel$/, 'x-vercel-id': ANY } },
  {
    name: 'netlify',
    title: 'Netlify',
    place: 'edge',
    fields: { server: /^Netlify/, 'x-nf-request-id': ANY },
  },
  { name: 'fly', title: 'Fly.io', place: 'edge', fields: { 'fly-request-id': ANY, server: /^Fly\// } },
  { name: 'akamai', title: 'Akamai', place: 'edge', fields: { server: /^AkamaiGHost$/, 'akamai-grn': ANY } },
  {
    name: 'ngrok',
    title: 'ngrok',
    place: 'edge',
    fields: { 'ngrok-error-code': ANY },
    url: /^https:\/\/[\w-]+\.ngrok(?:-free)?\.(?:app|dev|io)\//,
  },
  {
    name: 'imperva',
    title: 'Imperva',
    place: 'gate',
    fields: { 'x-iinfo': ANY },
    cookies: /^(?:visid_incap|incap_ses)_/,
  },
  { name: 'datadome', title: 'DataDome', place: 'gate', fields: { 'x-datadome': ANY, server: /^DataDome$/ } },
] as const satisfies readonly Signs[];

const GATES = [
  {
    name: 'cloudflare-access',
    title: 'Cloudflare Access',
    place: 'gate',
    cookies: /^CF_AppSession$/,
    body: /<title>[^<]{0,40}Cloudflare Access|\/cdn-cgi\/access\//,
    url: /^https:\/\/[\w-]+\.cloudflareaccess\.com\/|\/cdn-cgi\/access\/(?:login|sso)|\/\.well-known\/cloudflare-access-protected-resource/,
    fields: {
      'www-authenticate': /\/\.well-known\/cloudflare-access-protected-resource|^Cloudflare-Access\b/,
    },
  },
  {
    name: 'easy-auth',
    title: 'Azure App Service authentication (Easy Auth)',
    place: 'gate',
    fields: { 'x-ms-middleware-request-id': ANY },
    cookies: /^AppServiceAuthSession$/,
    body: /^You do not have permission to view this directory or page\.?\s*$/,
    url: /\/\.auth\/login\//,
  },
  {
    name: 'oauth2-proxy',
    title: 'oauth2-proxy',
    place: 'gate',
    cookies: /^_oauth2_proxy/,
    body: /\bOAuth2 Proxy\b/,
    url: /\/oauth2\/(?:start|sign_in)\b/,
  },
  {
    name: 'vercel-protection',
    title: 'Vercel Deployment Protection',
    place: 'gate',
    cookies: /^_vercel_sso_nonce$/,
    body: /<title>Authentication Required<\/title>[\s\S]{0,4000}vercel/i,
    url: /^https:\/\/vercel\.com\/(?:sso-api|login)\b/,
  },
  {
    name: 'alb-login',
    title: 'AWS Application Load Balancer (its own login)',
    place: 'gate',
    cookies: /^AWSALBAuthNonce/,
  },
  {
    name: 'iap',
    title: 'Google Identity-Aware Proxy',
    place: 'gate',
    fields: { 'x-goog-iap-generated-response': ANY },
    body: /^Invalid IAP credentials\b/,
  },
  {
    name: 'google-iam',
    title: 'Google Cloud IAM (Cloud Run or Cloud Functions)',
    place: 'gate',
    body: /<h2>Your client does not have permission to get URL <code>/,
    fields: {
      'www-authenticate':
        /^Bearer error="invalid_token" error_description="The access token could not be verified"/,
    },
  },
  {
    name: 'aws-iam',
    title: 'AWS IAM',
    place: 'gate',
    body: /^\{"[Mm]essage":\s?"(?:Missing Authentication Token|Forbidden|User: anonymous is not authorized to perform: )/,
    fields: {
      'x-amzn-errortype':
        /^(?:MissingAuthenticationTokenException|AccessDeniedException|ForbiddenException|InvalidSignatureException)/,
    },
  },
  {
    name: 'subscription-key',
    title: 'Azure API Management (its subscription key)',
    place: 'gate',
    body: /Access denied due to (?:missing|invalid) subscription key/,
  },
  {
    name: 'netlify-protection',
    title: 'Netlify site protection',
    place: 'gate',
    body: /<title>Password protected site<\/title>|<form[^>]{0,200}\bnetlify-/i,
  },
  {
    name: 'dev-tunnel',
    title: 'a dev tunnel that is not public',
    place: 'gate',
    fields: {
      'www-authenticate': /^(?:tunnel|github)\b/i,
      'x-report-abuse': /tunnels?\.api\.visualstudio\.com/,
    },
  },
  {
    name: 'authentik',
    title: 'authentik',
    place: 'gate',
    url: /\/outpost\.goauthentik\.io\//,
    cookies: /^authentik_proxy_/,
  },
  { name: 'authelia', title: 'Authelia', place: 'gate', cookies: /^authelia_session$/ },
  {
    name: 'pomerium',
    title: 'Pomerium',
    place: 'gate',
    fields: { 'x-pomerium-intercepted-response': ANY },
    url: /\/\.pomerium\/sign_in\b/,
  },
] as const satisfies readonly Signs[];

const SERVERS = [
  {
    name: 'fastmcp',
    title: 'FastMCP',
    place: 'server',
    body: /no longer recognized by the server\. To resolve: clear authentication tokens/,
    fields: { 'www-authenticate': /no longer recognized by the server\. To resolve: clear/ },
  },
  {
    name: 'python-sdk',
    title: 'the official Python SDK',
    place: 'server',
    // FastMCP is built on it and shows it as well.
    body: /^\{"jsonrpc": ?"2\.0", ?"id": ?"server-error"|^\{"error": "invalid_token", "error_description": "(?:Authentication required|Authentication failed\.)/,
  },
  {
    name: 'typescript-sdk',
    title: 'the official TypeScript SDK',
    place: 'server',
    body: /^\{"error":"invalid_token","error_description":"Missing Authorization header"\}|"message":"Parse error: Invalid JSON-RPC message"/,
  },
  {
    name: 'aks-mcp',
    title: 'aks-mcp',
    place: 'server',
    // Entra's own paths, but without a tenant before them.
    body: /"token_endpoint":\s*"https?:\/\/[^/"]+\/oauth2\/v2\.0\/token"/,
  },
  {
    name: 'uvicorn',
    title: 'uvicorn',
    place: 'server',
    fields: { server: /^uvicorn$/, 'x-amzn-remapped-server': /^uvicorn$/ },
  },
  { name: 'hypercorn', title: 'Hypercorn', place: 'server', fields: { server: /^hypercorn/ } },
  { name: 'gunicorn', title: 'Gunicorn', place: 'server', fields: { server: /^gunicorn/ } },
  { name: 'express', title: 'Express', place: 'server', fields: { 'x-powered-by': /^Express$/ } },
  { name: 'next', title: 'Next.js', place: 'server', fields: { 'x-powered-by': /^Next\.js/ } },
  { name: 'kestrel', title: 'ASP.NET Core', place: 'server', fields: { server: /^Kestrel$/ } },
  { name: 'iis', title: 'IIS', place: 'server', fields: { server: /^Microsoft-IIS\// } },
  { name: 'php', title: 'PHP', place: 'server', fields: { 'x-powered-by': /^PHP\// } },
] as const satisfies readonly Signs[];

const ISSUERS = [
  { name: 'adfs', title: 'AD FS', place: 'issuer', issuer: /^https:\/\/[^/]+\/adfs\/?$/ },
  { name: 'workos', title: 'WorkOS AuthKit', place: 'issuer', issuer: /^https:\/\/[\w-]+\.authkit\.app\/?$/ },
  { name: 'clerk', title: 'Clerk', place: 'issuer', issuer: /^https:\/\/[\w.-]+\.clerk\.accounts\.dev\/?$/ },
  { name: 'descope', title: 'Descope', place: 'issuer', issuer: /^https:\/\/api(?:\.\w+)?\.descope\.com\// },
  {
    name: 'supabase',
    title: 'Supabase',
    place: 'issuer',
    issuer: /^https:\/\/[\w-]+\.supabase\.co\/auth\/v1\/?$/,
  },
] as const satisfies readonly Signs[];

/** What the identity providers of the presets are called. */
type Provider =
  | 'entra'
  | 'entra-v1'
  | 'google'
  | 'auth0'
  | 'okta'
  | 'cognito'
  | 'keycloak'
  | 'atlassian'
  | 'github'
  | 'slack';

export type SoftwareName =
  | (typeof EDGES | typeof GATES | typeof SERVERS | typeof ISSUERS)[number]['name']
  | Provider;

/** Everything that can be recognized. Of two of the same place the more particular one comes first. */
export const SOFTWARE: readonly (Signs & { name: SoftwareName })[] = [
  ...SERVERS,
  ...GATES,
  ...EDGES,
  ...ISSUERS,
  ...PRESETS.map(({ name, title, issuer }) => ({
    name: name as Provider,
    title,
    place: 'issuer' as const,
    issuer,
  })),
];
