import type { Probe, ProbeKind } from '../checks/examination.ts';

/** What is asked of the endpoint, and about the resource, in the order of the specification. */
export const ENDPOINT: readonly ProbeKind[] = [
  'head',
  'get',
  'post-empty',
  'post-initialize',
  'post-modern',
  'post-other-slash',
  'preflight',
  'post-origin',
  'endpoint-elsewhere',
];
export const RESOURCE: readonly ProbeKind[] = [
  'resource-named',
  'resource-path',
  'resource-root',
  'no-user-agent',
  'resource-origin',
  'resource-other-path',
  'resource-fresh',
  'resource-elsewhere',
];

/** The order of the specification: the endpoint, the resource's metadata, then issuer by issuer. */
const ORDER: readonly (readonly ProbeKind[])[] = [
  ENDPOINT,
  RESOURCE,
  [
    'server-oauth',
    'server-openid-inserted',
    'server-openid-appended',
    'server-elsewhere',
    'jwks',
    'token-preflight',
    'authorize-page',
  ],
  ['fallback-resource', 'fallback-server'],
];

/**
 * Probes in the specification's order, however they came in: what is about the endpoint, about the resource,
 * about the first issuer, the second, and what is of no known kind last. Of one kind as they were asked.
 */
export function inOrder(probes: readonly Probe[]): Probe[] {
  const issuers = [...new Set(probes.flatMap(({ kind, about }) => (phaseOf(kind) === 2 ? [about] : [])))];
  const keyed = probes.map(probe => {
    // A probe that was put off stands before its repetition.
    const kind = probe.kind === 'limited' ? (probe.about as ProbeKind) : probe.kind;
    const phase = phaseOf(kind);
    const issuer = phase === 2 ? issuers.indexOf(probe.about) : 0;
    return { probe, key: [phase, issuer, ORDER[phase]?.indexOf(kind) ?? 0] };
  });
  return keyed
    .sort(({ key: one }, { key: other }) => {
      const differs = one.findIndex((each, index) => each !== other[index]);
      return differs < 0 ? 0 : (one[differs] ?? 0) - (other[differs] ?? 0);
    })
    .map(({ probe }) => probe);
}

/** Where a question stands in the specification's order. What a trial does at an issuer stands with that issuer. */
export function groupOf({ kind, about }: Probe): 'endpoint' | 'resource' | 'server' | 'further' {
  const phase = phaseOf(kind === 'limited' ? (about as ProbeKind) : kind);
  // An answer that put us off does not say which issuer it was about.
  if (kind === 'limited') return GROUPS[phase] === 'server' ? 'further' : (GROUPS[phase] ?? 'further');
  const isTrial = phase === ORDER.length && about !== undefined;
  return isTrial ? 'server' : (GROUPS[phase] ?? 'further');
}

const GROUPS = ['endpoint', 'resource', 'server'] as const;

function phaseOf(kind: ProbeKind): number {
  const phase = ORDER.findIndex(kinds => kinds.includes(kind));
  return phase < 0 ? ORDER.length : phase;
}
