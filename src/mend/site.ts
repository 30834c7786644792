import { isPlainUrl } from '../base/address.ts';
import { Fault } from '../base/fault.ts';
import { isLoopbackHost, quoted, shownUrl, withoutEnd, withoutEnds } from '../base/text.ts';

/** An MCP server under a path of a public host, and where it really runs. */
export interface Site {
  /** The public URL of the MCP endpoint, as clients have it. */
  url: string;
  origin: string;
  host: string;
  /** Port in the public URL, where it is not the scheme's own. */
  port: string;
  isTls: boolean;
  isLoopback: boolean;
  /** What the generated things are called: `mcp-o365`. */
  name: string;
  /** What stands before the server's own paths in public: `/mcp-o365`, or nothing. */
  prefix: string;
  /** The endpoint's path as the server itself has it: `/mcp`, or nothing where it is the root. */
  inner: string;
  upstream: Upstream;
  /** The name the proxy calls the server by, in the Host field. */
  hostHeader: HostHeader;
  /** The same where somebody has said it. */
  wishedHost?: HostHeader;
}

/** `public`: the name that clients use. `upstream`: the server's own, where it runs. */
export type HostHeader = 'public' | 'upstream';

export interface Upstream {
  origin: string;
  hostname: string;
  port: number;
  isTls: boolean;
  /** True when nobody named it. */
  isAssumed: boolean;
}

/**
 * A public URL and the URL behind it as a Site: what of them goes into five configuration languages and a shell
 * as it is has letters, digits and little else in it. Without an upstream the endpoint is taken to be the last part of
 * the path, on port 8000 of this machine. Without a wish for the Host field a server on loopback is called by its own
 * name, for the MCP SDKs have such a server accept no other, and any other by the public one. Throws `usage.url` and
 * `usage.flag`.
 */
export function readSite(publicUrl: string, upstreamUrl?: string, hostHeader?: HostHeader): Site {
  const url = readUrl(publicUrl, 'fix wants the public URL of an MCP server, which begins with https://.');
  const path = plainPath(url);
  const behind =
    upstreamUrl === undefined
      ? undefined
      : readUrl(
          upstreamUrl,
          '--upstream wants the URL that the server has inside, such as http://mcp:8000/mcp.',
        );
  const whole = behind ? plainPath(behind) : (/\/[^/]+\/?$/.exec(path)?.[0] ?? '');
  const inner = whole === '/' ? '' : whole;
  if (!path.endsWith(inner)) {
    throw new Fault('usage.flag', `The public path ${path} does not end with the server's own, ${inner}.`, {
      remedy:
        'Put the server’s own path at the end of the public one: what stands before it can be taken off, and the addresses the server builds stay right.',
    });
  }
  const prefix = path.slice(0, path.length - inner.length).replace(/\/$/, '');
  const name = nameOf(prefix, url.hostname);
  return {
    url: `${url.origin}${path}`,
    origin: url.origin,
    host: url.hostname,
    port: url.port,
    isTls: url.protocol === 'https:',
    isLoopback: isLoopbackHost(url.hostname),
    name,
    prefix,
    inner,
    upstream: behind
      ? {
          origin: behind.origin,
          hostname: behind.hostname,
          port: Number(behind.port) || (behind.protocol === 'https:' ? 443 : 80),
          isTls: behind.protocol === 'https:',
          isAssumed: false,
        }
      : ASSUMED,
    ...(hostHeader === undefined ? {} : { wishedHost: hostHeader }),
    hostHeader: hostHeader ?? (isLoopbackHost((behind ?? ASSUMED).hostname) ? 'upstream' : 'public'),
  };
}

/** Where a server runs that nobody has said anything of. nginx does not start with a name that leads nowhere. */
const ASSUMED: Upstream = {
  origin: 'http://127.0.0.1:8000',
  hostname: '127.0.0.1',
  port: 8000,
  isTls: false,
  isAssumed: true,
};

/** The same in Kubernetes, where nothing is told of the upstream: a service that is called as the rest. */
export function inCluster(site: Site): Site {
  if (!site.upstream.isAssumed) return site;
  const upstream = { ...site.upstream, origin: `http://${site.name}:8000`, hostname: site.name };
  return { ...site, upstream, hostHeader: site.wishedHost ?? 'public' };
}

/** The public name as it stands in a Host field. */
export const publicHost = ({ host, port }: Site): string => (port === '' ? host : `${host}:${port}`);

/** The server's own name as it stands in a Host field. */
export const upstreamHost = ({ upstream: { origin } }: Site): string => new URL(origin).host;

function readUrl(text: string, complaint: string): URL {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new Fault('usage.url', complaint, {
      remedy: 'Write: keybridge fix https://mcp.example/app/mcp --upstream http://app:8000/mcp',
    });
  }
  return url;
}

function plainPath(url: URL): string {
  const { origin, pathname, search } = url;
  if (isPlainUrl(url)) return pathname === '/' ? '' : pathname;
  throw new Fault(
    'usage.url',
    `No configuration can be written for ${quoted(shownUrl(`${origin}${pathname}${search}`))}.`,
    {
      remedy:
        'Leave out names, passwords, the query and the fragment; a host has letters, digits and . _ - in it, a path ~ too.',
    },
  );
}

/** A name that Kubernetes takes: small letters, digits and hyphens. */
function nameOf(prefix: string, host: string): string {
  const whole = (prefix || (/^[\d.]+$|^\[/.test(host) ? '' : (host.split('.')[0] ?? '')))
    .toLowerCase()
    .replace(/[^a-z\d]+/g, '-');
  const words = withoutEnd(withoutEnds(whole, '-').slice(0, 40), '-');
  return /^[a-z]/.test(words) ? words : words === '' ? 'mcp' : `mcp-${words}`;
}
