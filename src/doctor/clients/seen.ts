import type { Client, Mishap } from '../../checks/client.ts';
import type { Examination, Probe, ProbeKind } from '../../checks/examination.ts';
import type { Answer, View } from '../../checks/view.ts';

type Redirects = Exclude<Client['redirects'], 'unknown'>['is'];

const DOCUMENTS: readonly ProbeKind[] = [
  'resource-named',
  'resource-path',
  'resource-root',
  'resource-elsewhere',
  'server-oauth',
  'server-openid-inserted',
  'server-openid-appended',
  'server-elsewhere',
  'fallback-resource',
  'fallback-server',
];

/** What a client would get at an address: an answer, perhaps not what it looked for. */
export interface Got {
  answer: Answer;
  /** The redirects that were followed to it. */
  hops: readonly Answer[];
  mishap?: Mishap;
  /** There was a redirect, and nobody knows what the client does about one. */
  unsure?: true;
}

/** The answers an examination saw, by address. */
export class Seen {
  readonly #view: View;
  readonly #probes: ReadonlyMap<string, Probe>;

  constructor(view: View) {
    this.#view = view;
    const { probes }: Examination = view.examination;
    const documents = probes.filter(
      ({ kind, exchanges }) => DOCUMENTS.includes(kind) && exchanges.length > 0,
    );
    this.#probes = new Map(documents.toReversed().map(probe => [probe.url, probe]));
  }

  /** The finding for a missing path variant: `PRM-01` where the root has it, `PRM-24` where only the challenge tells. */
  get missingPath(): string | undefined {
    const [document] = this.#view.resourceDocuments;
    if (!document) return undefined;
    const isAt = (kind: ProbeKind) => this.#view.final(kind)?.id === document.id;
    return isAt('resource-root') ? 'PRM-01' : isAt('resource-named') ? 'PRM-24' : undefined;
  }

  /** What stands at an address for a client that follows such redirects; `undefined` where nobody asked, or read all of it. */
  at(url: string, redirects: Redirects | 'unknown'): Got | undefined {
    const probe = this.#probes.get(new URL(url).href) ?? this.#probes.get(url);
    const all = probe ? this.#view.hops(probe) : [];
    let [answer] = all;
    if (!answer) return undefined;
    const unsure = answer.isRedirect && redirects === 'unknown' ? { unsure: true as const } : {};
    const hops: Answer[] = [];
    for (const next of all.slice(1)) {
      if (!answer.isRedirect || !follows(answer, redirects)) break;
      hops.push(answer);
      answer = next;
    }
    if (answer.isCut && !answer.isHtml && answer.status === 200) return undefined;
    const mishap = mishapOf(answer, redirects);
    return { answer, hops, ...(mishap ? { mishap } : {}), ...unsure };
  }
}

function follows({ url, location }: Answer, redirects: Redirects | 'unknown'): boolean {
  if (redirects === 'all' || redirects === 'unknown' || !location) return true;
  const from = new URL(url);
  const upgrades =
    from.protocol === 'http:' && location.protocol === 'https:' && !from.port && !location.port;
  return from.origin === location.origin || (upgrades && from.hostname === location.hostname);
}

function mishapOf(answer: Answer, redirects: Redirects | 'unknown'): Mishap | undefined {
  const { status } = answer;
  if (status === 0) return 'failed';
  if (status >= 300 && status < 400) return redirects === 'same-origin-or-fails' ? 'failed' : 'redirect';
  if ([408, 425, 429].includes(status)) return 'busy';
  if (status === 502) return 'gateway';
  if (status >= 500) return 'broken';
  if (status >= 400) return 'refused';
  if (answer.json) return undefined;
  try {
    JSON.parse(answer.text);
    return 'lacking';
  } catch {
    return 'page';
  }
}
