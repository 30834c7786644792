import type { Answer } from './stage.ts';

/** One rule of a proxy: which paths it takes, and what they become. */
export interface Location {
  /** A path as it stands in an Ingress, a pattern from the beginning; or the beginning of a plain location. */
  takes: { pattern: string } | { prefix: string };
  /** For a pattern the rewrite-target, for a prefix what takes its place; without it the path goes on as it came. */
  becomes?: string;
  /** Takes the Authorization field away. */
  dropsToken?: boolean;
  /** Collects answers before it passes them on, which is what nginx does unless told otherwise. */
  buffers?: boolean;
  /** Nothing listens where it leads. */
  leadsNowhere?: boolean;
}

/** The path of an Ingress, with its rewrite-target. */
export const ingress = (pattern: string, becomes?: string): Location => ({
  takes: { pattern },
  ...(becomes === undefined ? {} : { becomes }),
});

/** A location of nginx without Kubernetes, with the path of its proxy_pass. */
export const location = (prefix: string, becomes?: string): Location => ({
  takes: { prefix },
  ...(becomes === undefined ? {} : { becomes }),
});

/** A port of this machine where nothing listens: that of tcpmux, which nobody has had for decades. */
const NOWHERE = 'http://127.0.0.1:1';
const textOf = ({ takes }: Location) => ('pattern' in takes ? takes.pattern : takes.prefix);
/** The longest counts, in nginx among prefixes, and among patterns as ingress-nginx orders them; none overlap. */
const ordered = (locations: readonly Location[]) =>
  [...locations].sort((one, other) => textOf(other).length - textOf(one).length);

/**
 * A server block of nginx with these locations, on a port of this machine. Patterns are written as ingress-nginx
 * writes them. Like everything in the lab it answers to its own name only, and to no page of another origin.
 */
export function nginxServer(port: number, upstream: string, locations: readonly Location[]): string {
  const own = `127.0.0.1:${port}`;
  const blocks = ordered(locations).map(each => {
    const { takes, becomes, buffers, dropsToken, leadsNowhere } = each;
    const to = leadsNowhere ? NOWHERE : upstream;
    const dropped = ['Origin', ...(dropsToken ? ['Authorization'] : [])];
    const fields = [
      ...dropped.map(name => `proxy_set_header ${name} "";`),
      ...(buffers ? ['proxy_buffering on;'] : []),
    ].join(' ');
    if ('prefix' in takes) return `location ${takes.prefix} { ${fields} proxy_pass ${to}${becomes ?? ''}; }`;
    const rewrite = becomes === undefined ? '' : `rewrite "(?i)${takes.pattern}" ${becomes} break; `;
    return `location ~* "^${takes.pattern}" { ${fields} ${rewrite}proxy_pass ${to}; }`;
  });
  return `server {
    listen ${own};
    client_max_body_size 256k;
    if ($http_host != "${own}") { return 421; }
    if ($http_origin !~ "^(http://${own.replaceAll('.', '\\.')})?$") { return 421; }
    proxy_http_version 1.1;
    proxy_buffering off;
    ${blocks.join('\n    ')}
    location / { return 404; }
}`;
}

/** What nginx says where it answers itself. */
const own = (status: number, title: string, headers: Readonly<Record<string, string>> = {}) =>
  new Response(
    `<html>\r\n<head><title>${status} ${title}</title></head>\r\n<body>\r\n<center><h1>${status} ${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`,
    { status, headers: { 'content-type': 'text/html', server: 'nginx', ...headers } },
  );

/** The same without nginx: hands requests on to `upstream`, and answers what nginx would where it does not. */
export function smallProxy(upstream: string, locations: readonly Location[]): Answer {
  const rules = ordered(locations);
  return async request => {
    const { origin, pathname, search } = new URL(request.url);
    // nginx adds the slash that a location ends with.
    if (rules.some(({ takes }) => 'prefix' in takes && takes.prefix === `${pathname}/`))
      return own(301, 'Moved Permanently', { location: `${origin}${pathname}/${search}` });
    const rule = rules.find(({ takes }) =>
      'pattern' in takes
        ? new RegExp(`^${takes.pattern}`, 'i').test(pathname)
        : pathname.startsWith(takes.prefix),
    );
    if (!rule) return own(404, 'Not Found');
    if (rule.leadsNowhere) return own(502, 'Bad Gateway');
    const { method } = request;
    const body = method === 'GET' || method === 'HEAD' ? {} : { body: await request.arrayBuffer() };
    const headers = new Headers(request.headers);
    for (const name of ['host', 'connection', 'content-length', 'origin']) headers.delete(name);
    if (rule.dropsToken) headers.delete('authorization');
    const url = `${upstream}${pathBehind(pathname, rule)}${search}`;
    const answer = await fetch(url, { method, headers, redirect: 'manual', ...body });
    const fields = new Headers(answer.headers);
    for (const name of ['connection', 'keep-alive', 'transfer-encoding']) fields.delete(name);
    fields.set('server', 'nginx');
    const isWhole = rule.buffers || fields.get('content-type') !== 'text/event-stream';
    const sent = isWhole ? await answer.arrayBuffer() : answer.body;
    return new Response(answer.status === 204 ? null : sent, { status: answer.status, headers: fields });
  };
}

function pathBehind(pathname: string, { takes, becomes }: Location): string {
  if (becomes === undefined) return pathname;
  if ('prefix' in takes) return `${becomes}${pathname.slice(takes.prefix.length)}`;
  const groups = new RegExp(takes.pattern, 'i').exec(pathname) ?? [];
  return becomes.replace(/\$(\d)/g, (_, number) => groups[Number(number)] ?? '');
}
