import type { Examination, Probe, ProbeKind } from '../../checks/examination.ts';
import type { Exchange } from '../../trace/event.ts';

/** What each kind of question asks, in a few words. */
const TITLES: Record<ProbeKind, string> = {
  head: 'HEAD',
  get: 'GET',
  'post-empty': 'POST {}',
  'post-initialize': 'POST initialize',
  'post-modern': 'POST, 2026-07-28',
  'post-other-slash': 'POST, other slash',
  preflight: 'OPTIONS',
  'post-origin': 'POST with an Origin',
  'endpoint-elsewhere': 'POST initialize, elsewhere',
  'forwarded-host': 'POST, forwarded host',
  'unknown-session': 'POST, unknown session',
  'bad-bearer': 'POST, made-up token',
  'other-token': 'POST, token for another resource',
  'resource-named': 'resource metadata, as the challenge has it',
  'resource-path': 'resource metadata, under the path',
  'resource-root': 'resource metadata, at the root',
  'no-user-agent': 'resource metadata, without User-Agent',
  'resource-origin': 'resource metadata, with an Origin',
  'resource-other-path': 'resource metadata, another path',
  'resource-elsewhere': 'resource metadata, elsewhere',
  'resource-fresh': 'resource metadata, past the cache',
  'server-oauth': 'server metadata, OAuth',
  'server-openid-inserted': 'server metadata, OpenID, inserted',
  'server-openid-appended': 'server metadata, OpenID',
  'server-elsewhere': 'server metadata, elsewhere',
  'fallback-resource': 'resource metadata, behind the path',
  'fallback-server': 'server metadata, on this host',
  jwks: 'keys',
  'token-preflight': 'OPTIONS of the token endpoint',
  'authorize-page': 'authorization page',
  limited: 'asked too soon',
  'authorize-preview': 'authorization page, as the browser is sent there',
  'authorize-without-pkce': 'authorization request without PKCE',
  'authorize-with-pkce': 'authorization request with PKCE',
  'authorize-other-port': 'authorization request, another port',
  registration: 'registration',
  'registration-dangerous': 'registration that must be refused',
  'registration-deleted': 'registration, deleted again',
  'token-without-code': 'token endpoint',
  'call-initialize': 'initialize, signed in',
  'call-initialized': 'notifications/initialized, signed in',
  'call-tools': 'tools/list, signed in',
  'call-modern': '2026-07-28, signed in',
  'call-stream': 'GET, signed in',
};

/** What a short list shows: how a client comes from the refusal to the authorization server. */
const SHORT: readonly ProbeKind[] = [
  'post-initialize',
  'post-modern',
  'resource-named',
  'resource-path',
  'resource-root',
  'server-oauth',
  'server-openid-inserted',
  'server-openid-appended',
  'jwks',
];

/** One question with what came of it. */
export interface ProbeLine {
  probe: Probe;
  /** What was asked, in a few words. */
  title: string;
  /** `401`, `301 → 200`, or why there was no answer. */
  status: string;
  isGood: boolean;
  /** Until the last answer was there. */
  milliseconds: number | undefined;
  /** The fields of its answers that say where to go: challenges and redirects, as received. */
  fields: readonly string[];
  exchanges: readonly Exchange[];
}

/** The questions of an examination in the specification's order; all of them, or those that matter most. */
export function probeLines(
  { probes, exchanges }: Pick<Examination, 'probes' | 'exchanges'>,
  all: boolean,
): ProbeLine[] {
  return probes
    .filter(({ kind }) => all || SHORT.includes(kind))
    .map(probe => {
      const hops = probe.exchanges.flatMap(id => exchanges[id] ?? []);
      const [first, last] = [hops[0], hops.at(-1)];
      const end = last && last.timing.end !== undefined ? last.startedAt + last.timing.end : undefined;
      return {
        probe,
        title: TITLES[probe.kind],
        status: hops.map(outcome).join(' → ') || 'not asked',
        isGood: last?.outcome.kind === 'answered' && last.outcome.status < 500,
        milliseconds: first && end !== undefined ? Math.max(0, Math.round(end - first.startedAt)) : undefined,
        fields: hops.flatMap(directions),
        exchanges: hops,
      };
    });
}

function directions({ outcome }: Exchange): string[] {
  if (outcome.kind !== 'answered') return [];
  const isRedirect = outcome.status >= 300 && outcome.status < 400;
  return outcome.headers.flatMap(([name, value]) => {
    const key = name.toLowerCase();
    if (key === 'www-authenticate') return [`WWW-Authenticate: ${value}`];
    return key === 'location' && isRedirect ? [`${outcome.status} Location: ${value}`] : [];
  });
}

/** What became of one request, in a word. */
function outcome({ outcome }: Exchange): string {
  if (outcome.kind === 'answered') return String(outcome.status);
  return outcome.kind === 'failed' ? outcome.fault.code : 'no answer';
}
