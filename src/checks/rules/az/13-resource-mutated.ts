import { withoutEnd } from '../../../base/text.ts';
import type { Check } from '../../check.ts';
import { expectedResource } from '../../flow.ts';
import { rfc, thread } from '../../references.ts';

const bare = (text: string): string => withoutEnd((URL.parse(text)?.href ?? text).toLowerCase(), '/');

export const check: Check = {
  code: 'AZ-13',
  name: 'resource-mutated',
  severity: 'broken',
  references: [rfc(8707, '2'), thread('anthropics/claude-code', 52871), thread('MCPJam/inspector', 2119)],
  *find(view) {
    const expected = expectedResource(view);
    if (expected === undefined) return;
    const probes = view.examination.probes.filter(({ kind }) => kind === 'authorize-preview');
    const hops = probes.flatMap(probe => view.hops(probe));
    const { aud } = view.examination.flow?.token?.claims ?? {};
    const seen = [
      ...hops.flatMap(({ exchange, id }) => {
        const text = URL.parse(exchange.request.url)?.searchParams.get('resource');
        return text ? [{ text, in: 'resource, on the way through the sign-in', evidence: [id] }] : [];
      }),
      ...[aud ?? []].flat().map(text => ({ text, in: 'aud of the token', evidence: [] as string[] })),
    ];
    if (seen.some(each => each.in.startsWith('aud') && each.text === expected)) return;
    const other = seen.find(each => each.text !== expected && bare(each.text) === bare(expected));
    if (!other) return;
    yield {
      title: 'The resource changes on its way through the sign-in.',
      detail:
        'The two mean the same to a reader and are two strings to a program. A server that compares letter for letter, as it should, refuses the token.',
      remedy:
        'Pass the resource on verbatim. Use one string, without a slash at its end, in the metadata, the authorization server and the server.',
      evidence: other.evidence,
      comparison: {
        seenIn: other.in,
        seen: other.text,
        expectedFrom: 'resource that was asked for',
        expected,
      },
    };
  },
};
