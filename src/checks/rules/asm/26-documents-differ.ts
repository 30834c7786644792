import { asStrings, type Json, textOf } from '../../../base/json.ts';
import type { Check } from '../../check.ts';
import { type Door, doorsOf, idsOf } from '../../doors.ts';
import { DISCOVERY_NEXT, thread } from '../../references.ts';

/** What a client does otherwise, depending on which of two documents it reads. */
const FIELDS = [
  'issuer',
  'authorization_endpoint',
  'token_endpoint',
  'registration_endpoint',
  'code_challenge_methods_supported',
  'client_id_metadata_document_supported',
];

export const check: Check = {
  code: 'ASM-26',
  name: 'oidc-vs-oauth-documents-differ',
  severity: 'fragile',
  references: [DISCOVERY_NEXT, thread('modelcontextprotocol/csharp-sdk', 1700)],
  follows: ['ASM-03'],
  *find(view) {
    for (const issuer of view.issuers) {
      const [first, ...others] = doorsOf(view, issuer).filter(({ document }) => document);
      const pairs = first ? others.map(other => ({ other, fields: differing(first, other) })) : [];
      const pair = pairs.find(({ fields }) => fields.length > 0);
      if (!first || !pair) continue;
      const [name = ''] = pair.fields;
      yield {
        title: `Two documents speak for ${issuer} and do not agree on ${pair.fields.join(', ')}: ${first.url} and ${pair.other.url}.`,
        detail: 'Which of them is believed depends on which door a client comes to first.',
        remedy: 'Serve one and the same JSON at both.',
        evidence: idsOf(first, pair.other),
        comparison: {
          seenIn: `${name} at ${new URL(pair.other.url).pathname}`,
          seen: shown(pair.other.document?.[name]),
          expectedFrom: `${name} at ${new URL(first.url).pathname}`,
          expected: shown(first.document?.[name]),
        },
      };
    }
  },
};

function differing(one: Door, other: Door): string[] {
  return FIELDS.filter(name => meaning(one, name) !== meaning(other, name));
}

/** What a client makes of a field: of PKCE it wants to know one thing only. */
function meaning({ document }: Door, name: string): string {
  const value = document?.[name];
  if (name !== 'code_challenge_methods_supported') return shown(value);
  return asStrings(value)?.includes('S256') ? 'S256' : shown(value);
}

/** A value as text; the order of a list means nothing, and not saying is saying no. */
function shown(value: Json | undefined): string {
  const list = asStrings(value);
  if (list) return [...list].sort().join(' ');
  return value === undefined || value === null || value === false ? '' : textOf(value);
}
