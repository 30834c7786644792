import { textOf } from '../base/json.ts';
import type { ExchangeId } from '../trace/event.ts';
import { type Place, type Signs, SOFTWARE, type SoftwareName } from './software-table.ts';
import { Answer, type View } from './view.ts';

export type { SoftwareName } from './software-table.ts';

/** A piece of software that gave itself away. */
export interface Seen {
  name: SoftwareName;
  title: string;
  place: Place;
  /** By what it was recognized: "header server", "certificate". */
  by: string;
  evidence: readonly ExchangeId[];
}

const known = new WeakMap<View, readonly Seen[]>();

/**
 * What software stands behind the target, before it and beside it, as far as answers, addresses and
 * certificates say so. Only what the target's own host shows counts, but for issuers.
 */
export function softwareOf(view: View): readonly Seen[] {
  const before = known.get(view);
  if (before) return before;
  const seen = recognize(view);
  known.set(view, seen);
  return seen;
}

/**
 * The remedy for the software recognized: the first of `remedies` whose software was seen, else `otherwise`.
 * So the order of `remedies` is what is tried first: the server's own setting before the proxy's.
 */
export function remedyFor(
  view: View,
  remedies: Partial<Record<SoftwareName, string>>,
  otherwise: string,
): string {
  const seen = new Set<string>(softwareOf(view).map(({ name }) => name));
  const entry = Object.entries(remedies).find(([name]) => seen.has(name));
  return entry?.[1] ?? otherwise;
}

/** Whether one of these was recognized. */
export function runs(view: View, ...names: SoftwareName[]): boolean {
  return softwareOf(view).some(({ name }) => names.includes(name));
}

/** The gate that gave an answer by itself, as far as that very answer shows it. */
export function gateOf(answer: Answer): { name: SoftwareName; title: string } | undefined {
  return SOFTWARE.find(signs => signs.place === 'gate' && signOf(signs, answer) !== undefined);
}

function recognize(view: View): Seen[] {
  const { exchanges, probes, tls } = view.examination;
  const own = Object.values(exchanges)
    .filter(({ request }) => URL.parse(request.url)?.host === view.target.host)
    .map(exchange => {
      const probe = probes.find(each => each.exchanges.includes(exchange.id));
      return new Answer(
        probe ?? { kind: 'get', url: exchange.request.url, because: '', exchanges: [] },
        exchange,
      );
    });
  const issuers = new Set([
    ...view.issuers,
    ...view.issuers.flatMap(each => view.serverDocuments(each).map(({ json }) => textOf(json?.issuer))),
  ]);
  const subjects = tls
    .filter(({ host }) => host === view.target.hostname)
    .flatMap(({ chain }) => chain.slice(0, 1).flatMap(({ subject, issuer }) => [subject, issuer]));
  return SOFTWARE.flatMap(signs => {
    const { name, title, place } = signs;
    if (signs.issuer) {
      const issuer = [...issuers].find(each => signs.issuer?.test(each));
      return issuer === undefined ? [] : [{ name, title, place, by: `issuer ${issuer}`, evidence: [] }];
    }
    for (const answer of own) {
      const by = signOf(signs, answer);
      if (by !== undefined) return [{ name, title, place, by, evidence: [answer.id] }];
    }
    const shown = subjects.some(each => signs.certificate?.test(each));
    return shown ? [{ name, title, place, by: 'certificate', evidence: [] }] : [];
  });
}

/** By what an answer shows the software, or `undefined`. */
function signOf({ fields, cookies, body, url }: Signs, answer: Answer): string | undefined {
  for (const [name, pattern] of Object.entries(fields ?? {}))
    if (answer.fields(name).some(value => pattern.test(value))) return `header ${name}`;
  if (cookies && answer.fields('set-cookie').some(each => cookies.test(each.split('=')[0]?.trim() ?? '')))
    return 'cookie';
  if (body?.test(answer.text)) return 'body';
  const addresses = [answer.exchange.request.url, answer.isRedirect ? answer.location?.href : undefined];
  return url && addresses.some(each => each !== undefined && url.test(each)) ? 'address' : undefined;
}
