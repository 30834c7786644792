import type { Handler } from './fake-world.ts';
import { readYaml } from './yaml.ts';

/** What becomes of a path: the path behind, or where it is redirected to; nothing where no rule takes it. */
type Passage = { path: string } | { redirect: string; status: number } | 'an empty 200' | undefined;

/** A proxy before a server. */
export const behind =
  (server: Handler, pass: (path: string) => Passage): Handler =>
  (request, dialled) => {
    const url = new URL(request.url);
    const passage = pass(url.pathname);
    if (!passage) return new Response('default backend - 404', { status: 404 });
    if (passage === 'an empty 200') return new Response('');
    if ('redirect' in passage) {
      const location = new URL(passage.redirect, url).href;
      return new Response(null, { status: passage.status, headers: { location } });
    }
    url.pathname = passage.path;
    return server(new Request(url, request), dialled);
  };

interface Ingress {
  kind: string;
  metadata: { name: string; annotations: Record<string, string> };
  spec: { rules: { host: string; http: { paths: { path: string; pathType: string }[] } }[] };
}

export const ingressesIn = (yaml: string) => readYaml(yaml) as Ingress[];

/** Ingresses as ingress-nginx has them: regular expressions, the longest first, each with its Ingress's rewrite. */
export function ingressNginx(yaml: string): (path: string) => Passage {
  const rules = ingressesIn(yaml).flatMap(({ metadata, spec }) => {
    const annotation = (name: string) => metadata.annotations[`nginx.ingress.kubernetes.io/${name}`];
    return spec.rules.flatMap(({ http }) => http.paths.map(({ path }) => ({ path, annotation })));
  });
  rules.sort((one, other) => other.path.length - one.path.length);
  return asked => {
    for (const { path, annotation } of rules) {
      const pattern = new RegExp(`^${path}`, 'i');
      if (!pattern.test(asked)) continue;
      const redirect = annotation('permanent-redirect');
      if (redirect) return { redirect, status: Number(annotation('permanent-redirect-code') ?? 301) };
      const target = annotation('rewrite-target');
      return { path: target === undefined ? asked : asked.replace(new RegExp(`${path}.*`, 'i'), target) };
    }
    return undefined;
  };
}

interface EnvoyFile {
  virtual_hosts: {
    routes: {
      match: { path?: string; prefix?: string };
      route?: { prefix_rewrite?: string };
      redirect?: { path_redirect: string; response_code: string };
    }[];
  }[];
}

/** Envoy's routes: the first that matches. */
export function envoy(yaml: string): (path: string) => Passage {
  const [file] = readYaml(yaml) as EnvoyFile[];
  const routes = file?.virtual_hosts[0]?.routes ?? [];
  return asked => {
    const found = routes.find(({ match: { path, prefix } }) =>
      path === undefined ? asked.startsWith(prefix ?? '') : asked === path,
    );
    if (!found) return undefined;
    const { match, route, redirect } = found;
    if (redirect)
      return {
        redirect: redirect.path_redirect,
        status: redirect.response_code === 'PERMANENT_REDIRECT' ? 308 : 301,
      };
    const rest = asked.slice((match.path ?? match.prefix ?? '').length);
    return { path: route?.prefix_rewrite === undefined ? asked : route.prefix_rewrite + rest };
  };
}

interface TraefikFile {
  http: {
    routers: Record<string, { rule: string; middlewares?: string[] }>;
    middlewares: Record<
      string,
      {
        stripPrefix?: { prefixes: string[] };
        replacePath?: { path: string };
        redirectRegex?: { replacement: string };
      }
    >;
  };
}

/** Traefik's routers: the longest rule that matches, with its one middleware. */
export function traefik(yaml: string): (path: string) => Passage {
  const [file] = readYaml(yaml) as TraefikFile[];
  if (!file) return () => undefined;
  const routers = Object.values(file.http.routers).sort((one, other) => other.rule.length - one.rule.length);
  const matches = (rule: string, path: string) =>
    [...rule.matchAll(/(Path|PathPrefix)\(`([^`]*)`\)/g)].some(([, kind, value = '']) =>
      kind === 'Path' ? path === value : path.startsWith(value),
    );
  return asked => {
    const router = routers.find(({ rule }) => matches(rule, asked));
    if (!router) return undefined;
    const middleware = file.http.middlewares[router.middlewares?.[0] ?? ''];
    const [prefix = ''] = middleware?.stripPrefix?.prefixes ?? [];
    if (middleware?.redirectRegex) return { redirect: middleware.redirectRegex.replacement, status: 301 };
    return { path: middleware?.replacePath?.path ?? (asked.slice(prefix.length) || '/') };
  };
}

/** A Caddyfile's handle blocks: the longest path that matches. What none takes is an empty 200. */
export function caddy(text: string): (path: string) => Passage {
  const blocks = [...text.matchAll(/^\t(handle|handle_path)(?: (\S+))? \{\n([^}]*)\t\}$/gm)]
    .map(([, kind, matcher = '*', body = '']) => ({ kind, matcher, body }))
    .sort((one, other) => other.matcher.length - one.matcher.length);
  return asked => {
    for (const { kind, matcher, body } of blocks) {
      const isPrefix = matcher.endsWith('*');
      const start = isPrefix ? matcher.slice(0, -1) : matcher;
      if (isPrefix ? !asked.startsWith(start) : asked !== start) continue;
      const redirect = /redir (\S+) (\d+)/.exec(body);
      if (redirect) return { redirect: redirect[1] ?? '', status: Number(redirect[2]) };
      if (body.trim() === 'respond 404') return undefined;
      const rewrite = /rewrite \* (\S+)/.exec(body)?.[1];
      return { path: rewrite ?? (kind === 'handle_path' ? asked.slice(start.length - 1) : asked) };
    }
    return 'an empty 200';
  };
}
