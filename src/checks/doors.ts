import type { JsonObject } from '../base/json.ts';
import { asString, asStrings } from '../base/json.ts';
import { wantsOther } from '../oauth/challenge.ts';
import type { ExchangeId } from '../trace/event.ts';
import type { ProbeKind } from './examination.ts';
import type { Answer, View } from './view.ts';

/** What was found behind a door. */
type DoorState =
  | 'metadata'
  /** A web page. */
  | 'html'
  /** Something else with status 200. */
  | 'other'
  /** 4xx. */
  | 'absent'
  /** 5xx. */
  | 'failing'
  /** A redirect that leads nowhere, or round in circles. */
  | 'redirect'
  /** No answer, or one too long to be read to its end here. */
  | 'silent';

/** One place where clients look for the metadata of an issuer, and what stands there. */
export interface Door {
  kind: ProbeKind;
  /** As asked, before redirects. */
  url: string;
  /** The first answer, then one for each hop. */
  hops: readonly Answer[];
  last: Answer;
  state: DoorState;
  /** Where the state is `metadata`. */
  document?: JsonObject;
}

const FORMS: readonly ProbeKind[] = ['server-oauth', 'server-openid-inserted', 'server-openid-appended'];

/** The places the specification has clients ask for an issuer's metadata, in its order. */
export function doorsOf(view: View, issuer: string): Door[] {
  return FORMS.flatMap(kind => doors(view, kind, issuer));
}

/** Places where an issuer's metadata must not be, and was found all the same. */
export function straysOf(view: View, issuer: string): Door[] {
  return doors(view, 'server-elsewhere', issuer).filter(({ state }) => state === 'metadata');
}

/** The door a client enters by: the first with metadata behind it. */
export function entranceOf(view: View, issuer: string): (Door & { document: JsonObject }) | undefined {
  return doorsOf(view, issuer).find(each => each.document !== undefined) as
    | (Door & { document: JsonObject })
    | undefined;
}

/** Each issuer that publishes metadata, with its entrance. */
export function published(view: View): { issuer: string; door: Door; document: JsonObject }[] {
  return view.issuers.flatMap(issuer => {
    const door = entranceOf(view, issuer);
    return door ? [{ issuer, door, document: door.document }] : [];
  });
}

function doors(view: View, kind: ProbeKind, issuer: string): Door[] {
  const probes = view.examination.probes.filter(each => each.kind === kind && each.about === issuer);
  return probes.flatMap(probe => {
    const hops = view.hops(probe);
    const last = hops.at(-1);
    if (!last) return [];
    const state = stateOf(last);
    const { json } = last;
    return [
      {
        kind,
        url: probe.url,
        hops,
        last,
        state,
        ...(state === 'metadata' && json ? { document: json } : {}),
      },
    ];
  });
}

function stateOf(answer: Answer): DoorState {
  const { status, json } = answer;
  if (status === 0) return 'silent';
  if (answer.isRedirect) return 'redirect';
  if (status >= 500) return 'failing';
  if (status !== 200) return 'absent';
  if (answer.isHtml) return 'html';
  const isMetadata = ['issuer', 'authorization_endpoint', 'token_endpoint'].some(
    name => json?.[name] !== undefined,
  );
  if (isMetadata) return 'metadata';
  return answer.isCut ? 'silent' : 'other';
}

/** What came of a door, as the end of a sentence: "answers 404". */
export function outcomeOf({ state, last, hops }: Door): string {
  const after = hops.length > 1 ? 'leads to something that ' : '';
  if (state === 'silent')
    return `${after}${last.isCut ? 'answers with more than is read here' : 'does not answer'}`;
  if (state === 'html') return `${after}answers with a web page`;
  if (state === 'metadata') return hops.length > 1 ? 'leads to the metadata' : 'has the metadata';
  if (state === 'other') return `${after}answers 200 with something else`;
  if (state === 'redirect') return `redirects (${last.status}) and comes to no end`;
  return `${after}answers ${last.status}`;
}

/** The exchanges of doors, as evidence. */
export function idsOf(...doors: readonly Door[]): ExchangeId[] {
  return [...new Set(doors.flatMap(({ hops }) => hops.map(({ id }) => id)))];
}

/** The issuer a document announces. */
export function announced(document: JsonObject): string | undefined {
  return asString(document.issuer);
}

/** What OpenID Connect Discovery §3 requires beside RFC 8414, and a document does not have. */
export function missingForOpenId(document: JsonObject): string[] {
  const fields = ['jwks_uri', 'subject_types_supported', 'id_token_signing_alg_values_supported'];
  return fields.filter(name => document[name] === undefined);
}

/** Whether two issuers are one but for the scheme and a slash at the end, which rules of their own are about. */
export function almostSame(one: string, other: string): boolean {
  const bare = (issuer: string) => issuer.replace(/^https?:/, '').replace(/\/$/, '');
  return bare(one) === bare(other);
}

/** Where the issuer as it was asked for comes from: a phrase for a comparison. */
export function sourceOf(view: View, issuer: string): string {
  if (view.examination.kind === 'issuer') return 'the issuer as given';
  return isListed(view, issuer)
    ? 'authorization_servers in the resource metadata'
    : 'the host of the server, as in 2025-03-26';
}

/** Whether resource metadata names the issuer; else it was only guessed from the server's host. */
export function isListed(view: View, issuer: string): boolean {
  return [...view.resourceDocuments, ...view.strayDocuments].some(({ json }) =>
    asStrings(json?.authorization_servers)?.includes(issuer),
  );
}

/** The resource metadata that names an issuer, as evidence. */
export function listing(view: View, issuer: string): ExchangeId[] {
  return view.resourceDocuments
    .filter(({ json }) => asStrings(json?.authorization_servers)?.includes(issuer))
    .map(({ id }) => id);
}

/** The path of an issuer without a slash at its end; empty for none. */
export function pathOf(issuer: string): string {
  return URL.parse(issuer)?.pathname.replace(/\/$/, '') ?? '';
}

/**
 * Whether a server that wants a bearer token publishes nothing about where to get one: no resource metadata, and
 * no authorization server on its own host. False while anything that was asked did not answer.
 */
export function isUndiscoverable(view: View): boolean {
  const { refusal } = view;
  if (!refusal || view.isOpen || view.resourceDocuments.length > 0) return false;
  if (wantsOther(refusal.challenges)) return false;
  const resource = view.finals('resource-path', 'resource-root', 'resource-named');
  const doors = view.issuers.filter(each => !isListed(view, each)).flatMap(each => doorsOf(view, each));
  const isSure = [...resource, ...doors.map(({ last }) => last)].every(
    ({ status, isCut, isHtml }) =>
      status >= 200 && status < 500 && status !== 429 && (isHtml || status !== 200 || !isCut),
  );
  return isSure && doors.length > 0 && doors.every(({ state }) => state !== 'metadata' && state !== 'silent');
}
