import { type Alias, metadataUrl, OPENID, RESOURCE, SERVER } from './routes.ts';
import { publicHost, type Site, upstreamHost } from './site.ts';

/** Something to do beside the proxy's configuration. */
export interface Advice {
  title: string;
  /** Paragraphs; a line that begins with four spaces is code and is not wrapped. */
  lines: readonly string[];
}

const code = (text: string): string[] => text.split('\n').map(line => (line === '' ? '' : `    ${line}`));

const KEEPS_METHOD =
  'The configuration above redirects with 308, which keeps method and body; 302 may turn a POST into a GET.';
/** Traefik's way with a GET. */
const IS_301 =
  'The configuration above redirects a GET with 301 and everything else with 308, which keeps method and body; clients ask for metadata with GET, so they arrive all the same.';

/** What OpenID Connect Discovery §3 wants of what stands behind that door. */
const FIELDS =
  'In OpenID’s name the document must also have jwks_uri, subject_types_supported and id_token_signing_alg_values_supported; without them the official TypeScript SDKs refuse what they find there.';

/** The second door in the application itself, where tests can see it. */
function aliasAdvice(site: Site, alias: Alias, status: number): Advice {
  const target = metadataUrl(site);
  const why =
    'Some clients ask for openid-configuration only, get 404 and quit. Both doors should lead to one document.';
  if (alias === 'proxy') {
    return {
      title: 'The alias for openid-configuration, in the proxy',
      lines: [
        why,
        `${status === 308 ? KEEPS_METHOD : IS_301} In the application the alias would be better off (--alias app): there it can be tested, and a deployment does not lose it.`,
        FIELDS,
      ],
    };
  }
  return {
    title: 'The alias for openid-configuration, in the application',
    lines: [
      `${why} In the application it can be tested, and a deployment does not lose it. The redirect names the public address, since inside ${SERVER} is another one than outside; 308 keeps method and body, where 302 may turn a POST into a GET. A server that serves the same document there with 200 reaches clients that follow no redirect as well.`,
      'FastMCP:',
      ...code(`import os
from starlette.responses import RedirectResponse

if os.environ.get("OPENID_ALIAS", "on") == "on":
    @mcp.custom_route("${OPENID}", methods=["GET"])
    async def openid_configuration(request):
        return RedirectResponse("${target}", status_code=308)`),
      'Express:',
      ...code(`if (process.env.OPENID_ALIAS !== 'off') {
  app.get('${OPENID}', (_request, response) => response.redirect(308, '${target}'));
}`),
      FIELDS,
      'Two tests belong to it: that the redirect is right, and that following it yields metadata whose issuer is as it should be. A server with OpenID discovery of its own turns the alias off.',
    ],
  };
}

/** Which name the proxy calls the server by, and the setting of each SDK that makes it accept another. */
function hostAdvice(site: Site): Advice {
  const { host, origin, hostHeader } = site;
  const own = upstreamHost(site);
  const isPublic = hostHeader === 'public';
  return {
    title: 'The Host header',
    lines: [
      isPublic
        ? `The configuration passes the public name ${publicHost(site)} on as Host. A server with DNS-rebinding protection that knows only its own name answers every request with 421 or 403 ("Invalid Host"): allow the public name there, or call it by its own name with --host-header upstream.`
        : `The configuration calls the server by its own name, ${own}: what listens on loopback is protected from DNS rebinding by the MCP SDKs and accepts local names only. The public name goes along in X-Forwarded-Host. A server that builds its addresses from Host alone wants the public name (--host-header public), which it must then be told to accept:`,
      'Python SDK (also its FastMCP):',
      ...code(
        `from mcp.server.transport_security import TransportSecuritySettings\n\ntransport_security=TransportSecuritySettings(\n    allowed_hosts=["${host}", "${host}:*"],\n    allowed_origins=["${origin}"],\n)`,
      ),
      'FastMCP 3.4.3 and later, from PrefectHQ:',
      ...code(`FASTMCP_HTTP_ALLOWED_HOSTS='["${host}"]'`),
      'TypeScript SDK, with its Express application, or with enableDnsRebindingProtection of the transport itself, which compares the port too:',
      ...code(
        `createMcpExpressApp({ allowedHosts: ['${host}'] })\nnew StreamableHTTPServerTransport({ enableDnsRebindingProtection: true, allowedHosts: ['${publicHost(site)}'], … })`,
      ),
      'Go SDK, which refuses foreign names on loopback with 403; Rust SDK (rmcp 1.4 and later):',
      ...code(
        `&mcp.StreamableHTTPOptions{DisableLocalhostProtection: true}\nStreamableHttpServerConfig::default().with_allowed_hosts(["${host}"])`,
      ),
    ],
  };
}

/** How the server learns its public URL. */
function forwardedAdvice(site: Site): Advice {
  const base = `${site.origin}${site.prefix}`;
  const sees = site.isTls
    ? 'TLS ends at the proxy, so the server sees plain http and maybe another name.'
    : 'The server does not see the address that clients use.';
  return {
    title: 'Server settings behind the proxy',
    lines: [
      `${sees} The proxy sends X-Forwarded-Proto: ${site.isTls ? 'https' : 'http'} and X-Forwarded-Host: ${publicHost(site)}; the server must believe them, from the proxy only, or be told its public URL.`,
      'uvicorn (FastMCP, Starlette, FastAPI), with the address of the proxy in place of PROXY:',
      ...code('uvicorn app:app --proxy-headers --forwarded-allow-ips PROXY'),
      'FastMCP: the base URL is where the application is mounted, without the path of the endpoint; or else the path appears twice in its metadata. The table above is FastMCP’s way, which another version or server may not share: keep a baseline (keybridge doctor --save FILE) and compare after an upgrade (--baseline FILE).',
      ...code(`base_url="${base}"`),
      'aks-mcp, older releases only (since August 2026 it speaks stdio alone): one of',
      ...code(
        `--oauth-external-url ${base}\nOAUTH_EXTERNAL_URL=${base}\nhelm upgrade … --set oauth.externalURL=${base}`,
      ),
      'At Entra ID, or wherever the server signs people in, the redirect URI has the path in it as well:',
      ...code(`${base}/auth/callback`),
    ],
  };
}

function checkAdvice({ origin, prefix, inner, url, name }: Site): Advice {
  return {
    title: 'Verify',
    lines: [
      ...code(
        [
          `curl -sI ${url}                          # 405`,
          `curl -s -X POST ${url} -H 'Content-Type: application/json' -d '{}' -D -   # 401, WWW-Authenticate`,
          `curl -s ${origin}${RESOURCE}${prefix}${inner}    # 200, JSON`,
          `curl -s ${origin}${SERVER}${prefix}    # 200, JSON`,
          `keybridge doctor ${url}`,
        ]
          .map(line => line.replace(/ {2,}#/, '   #'))
          .join('\n'),
      ),
      `Where nothing answers: kubectl get pods -n <namespace>. Where the certificate is a wrong one: the secret ${name}-tls must be in the namespace of the Ingress.`,
      ...(prefix === ''
        ? []
        : ['With a host name of its own the server needs none of this: one rule, and nothing rewritten.']),
    ],
  };
}

/** Everything to do beside the configuration, which redirects a GET with `status` where it redirects. */
export function adviceFor(site: Site, alias: Alias, status: number): Advice[] {
  return [
    ...(alias === 'none' ? [] : [aliasAdvice(site, alias, status)]),
    hostAdvice(site),
    forwardedAdvice(site),
    checkAdvice(site),
  ];
}
