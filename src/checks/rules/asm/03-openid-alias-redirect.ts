import { announcedOtherwise } from '../../../oauth/presets.ts';
import type { Check, Sighting } from '../../check.ts';
import { almostSame, announced, type Door, doorsOf, idsOf, outcomeOf } from '../../doors.ts';
import { isPlain } from '../../endpoints.ts';
import { DISCOVERY_NEXT, rfc } from '../../references.ts';

export const check: Check = {
  code: 'ASM-03',
  name: 'openid-alias-redirect',
  severity: 'note',
  references: [DISCOVERY_NEXT, rfc(8414, '3.3'), rfc(9110, '15.4')],
  follows: ['NET-05', 'NET-07', 'NET-10', 'NET-15', 'URL-02'],
  *find(view) {
    for (const issuer of view.issuers) {
      for (const door of doorsOf(view, issuer)) {
        if (door.hops.length > 1 || door.state === 'redirect') yield judged(door, issuer);
      }
    }
  },
};

/** Two questions of their own: is the redirect right, and is what it leads to valid? */
function judged(door: Door, issuer: string): Sighting {
  const [first] = door.hops;
  const hops = door.hops
    .filter(({ isRedirect }) => isRedirect)
    .map(each => `${each.status} with Location: ${withoutQuery(each.field('location') ?? 'none')}`);
  const way = `${door.url} is answered ${hops.join(', then ')}`;
  const wrong = fault(door, issuer);
  const told = door.document && announced(door.document);
  return {
    title: wrong ? `${way}, and ${wrong}.` : `${way}, and leads to valid metadata of the same issuer.`,
    detail:
      `${first ? KINDS[first.status] : ''} Metadata is only ever fetched with GET, so the method is not in danger here; but not every client follows a redirect at this place, and none from one site to another with certainty.`.trim(),
    remedy: wrong
      ? 'Let the redirect end at the metadata of this very issuer, or better: answer 200 with the same JSON.'
      : 'Answer 200 with the same JSON where you can; else 308, to the same host.',
    evidence: idsOf(door),
    ...(told !== undefined && !almostSame(told, issuer)
      ? {
          comparison: {
            seenIn: 'issuer where the redirect leads',
            seen: told,
            expectedFrom: 'issuer it was asked for',
            expected: issuer,
          },
        }
      : {}),
    ...(wrong ? { severity: 'fragile' as const } : {}),
  };
}

/** A query may hold what is nobody's business. */
function withoutQuery(location: string): string {
  return location.replace(/\?[^#]+/, '?…');
}

/** What is wrong at the end of a redirect, as the end of a sentence. */
function fault(door: Door, issuer: string): string | undefined {
  if (!door.document) return door.state === 'redirect' ? 'comes to no end' : outcomeOf(door);
  const told = announced(door.document);
  if (told !== undefined && !almostSame(told, issuer)) {
    const known = announcedOtherwise(issuer, told) === undefined ? '' : ' (known to be the same operator’s)';
    return `leads to the metadata of another issuer, ${told}${known}`;
  }
  if (isPlain(door.last.url)) return 'leads to plain http';
  const { origin, host } = new URL(door.last.url);
  return origin === new URL(door.url).origin ? undefined : `leads to another host, ${host}`;
}

const KINDS: Readonly<Record<number, string>> = {
  301: '301 says for good, and allows a POST to become a GET (308 does not).',
  302: '302 says for now, so clients ask here again each time; it allows a POST to become a GET (307 does not).',
  303: '303 says: fetch the answer elsewhere, with GET.',
  307: '307 says for now, with method and body kept; for good it would be 308.',
  308: '308 says for good, with method and body kept, where 302 says for now and lets a POST become a GET.',
};
