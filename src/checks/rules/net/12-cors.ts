import type { Check } from '../../check.ts';
import { TRANSPORTS, thread } from '../../references.ts';
import type { Answer } from '../../view.ts';

const ALLOW = 'access-control-allow-origin';
const NEEDED = ['authorization', 'content-type', 'mcp-protocol-version'];

const lists = (answer: Answer, field: string): string[] =>
  answer.fields(field).flatMap(value =>
    value
      .toLowerCase()
      .split(',')
      .map(each => each.trim()),
  );

/** What a preflight leaves out. `*` stands for everything but Authorization. */
function notAllowed(preflight: Answer): string[] {
  const allowed = lists(preflight, 'access-control-allow-headers');
  return NEEDED.filter(
    name => !allowed.includes(name) && !(allowed.includes('*') && name !== 'authorization'),
  );
}

export const check: Check = {
  code: 'NET-12',
  name: 'cors-preflight-blocked',
  severity: 'fragile',
  references: [
    { title: 'Fetch, CORS protocol', url: 'https://fetch.spec.whatwg.org/#http-cors-protocol' },
    TRANSPORTS,
    thread('twentyhq/twenty', 19836),
    thread('IBM/mcp-context-forge', 2152),
    thread('envoyproxy/ai-gateway', 2307),
    thread('better-auth/better-auth', 10272),
  ],
  *find(view) {
    const preflight = view.answer('preflight');
    const post = view.answer('post-origin');
    const metadata = view.answer('resource-origin');
    const asked = [preflight, post, metadata].filter(
      each => each !== undefined && each.status > 0,
    ) as Answer[];
    // Where nothing works for anybody, browsers are not what is missing.
    const works = post !== undefined && (post.status === 401 || view.isOpen);
    if (!preflight?.status || !works) return;
    const wrong: string[] = [];
    const opens = (answer: Answer) => answer.field(ALLOW) !== undefined;
    const missing = notAllowed(preflight);
    if (preflight.status >= 300 || !opens(preflight))
      wrong.push(`OPTIONS is answered ${preflight.status}${opens(preflight) ? '' : ` without ${ALLOW}`}`);
    else if (missing.length > 0) wrong.push(`the preflight does not allow ${missing.join(', ')}`);
    if (!opens(post)) wrong.push(`the answer to a POST (${post.status}) has no ${ALLOW}`);
    const exposed = lists(post, 'access-control-expose-headers');
    const isHidden = (name: string) =>
      post.field(name) !== undefined && !exposed.includes(name) && !exposed.includes('*');
    for (const name of ['www-authenticate', 'mcp-session-id'])
      if (opens(post) && isHidden(name)) wrong.push(`${name} is not exposed`);
    if (metadata?.status === 200 && !opens(metadata)) wrong.push(`the resource metadata has no ${ALLOW}`);
    if (wrong.length === 0) return;
    // Libraries open their metadata by themselves; what counts is whether somebody opened the endpoint.
    const none = !opens(preflight) && !opens(post);
    yield {
      title: none
        ? 'Clients that run in a browser cannot use this server (no CORS).'
        : `Clients that run in a browser are only half let in: ${wrong.join('; ')}.`,
      detail: none
        ? 'The endpoint allows no other origin. Programs, desktop hosts and hosted connectors are not concerned.'
        : 'Some answers allow other origins and some do not, so a browser client fails on the way. Programs, desktop hosts and hosted connectors are not concerned.',
      remedy:
        'Answer OPTIONS before asking for a token; allow Authorization, Content-Type, Accept, MCP-Protocol-Version, Mcp-Session-Id, Mcp-Method, Mcp-Name and Last-Event-ID; expose WWW-Authenticate and Mcp-Session-Id; set Access-Control-Allow-Origin on the metadata, token and registration endpoints, too.',
      evidence: asked.map(({ id }) => id),
      ...(none ? { severity: 'note' as const } : {}),
    };
  },
};
