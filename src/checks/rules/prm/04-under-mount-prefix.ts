import type { Check } from '../../check.ts';
import { threeRoutes } from '../../proxies.ts';
import { rfc, thread } from '../../references.ts';
import type { Answer, View } from '../../view.ts';
import { describesResource } from '../../view.ts';

/** Under what path a document stands whose address has something before the well-known part. */
function prefixOf({ probe }: Answer): string | undefined {
  const [prefix = '', rest] = new URL(probe.url).pathname.split('/.well-known/oauth-protected-resource');
  return rest === undefined || prefix === '' ? undefined : prefix;
}

/** Metadata under a path of the host, where it is at neither right address. */
function strayOf(view: View): Answer | undefined {
  if (view.finals('resource-path', 'resource-root').some(describesResource)) return undefined;
  const found = view.finals('resource-named', 'resource-elsewhere').filter(describesResource);
  return found.find(answer => prefixOf(answer) !== undefined);
}

export const check: Check = {
  code: 'PRM-04',
  name: 'under-mount-prefix',
  severity: 'broken',
  references: [
    rfc(9728, '3.1'),
    thread('mayflower/contextmine', 2),
    thread('modelcontextprotocol/python-sdk', 1288),
  ],
  *find(view) {
    const stray = strayOf(view);
    const prefix = stray && prefixOf(stray);
    if (!stray || prefix === undefined) return;
    const right = view.final('resource-path');
    const isNamed = stray.probe.kind === 'resource-named';
    // The rest of the path is the application's own: what stands before it was put there by a proxy.
    const isProxied = view.target.pathname.startsWith(`${prefix}/`);
    yield {
      title: `The resource metadata stands under ${prefix} and not at the root of the host: ${stray.place}`,
      detail: `A well-known address begins right after the host.${right ? ` At ${right.place}, where it is due, the answer is ${right.status || 'none'}.` : ''} ${isNamed ? 'Only clients that follow the challenge find it.' : `What lies under ${prefix} reaches the server, and what lies beside it does not; so most clients do not find where to sign in.`}`,
      ...(isProxied
        ? threeRoutes(view, prefix)
        : {
            remedy: `Have the host answer /.well-known/oauth-protected-resource${view.target.pathname} itself or pass it to the application mounted at ${prefix}; the route must come before any that catches everything.`,
          }),
      evidence: [stray.id, ...(right ? [right.id] : [])],
      severity: isNamed ? 'fragile' : 'broken',
    };
  },
};
