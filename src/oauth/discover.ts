import { plain } from '../base/text.ts';
import type { HeaderList, NetworkSettings, World } from '../base/world.ts';
import type { Span } from '../trace/event.ts';
import { challengedScope, namedResourceMetadata, parseChallenges, wantsOther } from './challenge.ts';
import { checkUrl, quote } from './identifier.ts';
import {
  type Document,
  defaultServerMetadata,
  readResourceMetadata,
  readServerMetadata,
  type ServerMetadataRules,
} from './metadata.ts';
import { conclusion } from './outcome.ts';
import { probe } from './probe.ts';
import type { Challenge, DiscoveryReport, ResourceMetadata, Search, ServerMetadata } from './report.ts';
import { deadline, type Inquiry, reachOf, search } from './retrieve.ts';
import { resourceMetadataPlaces, serverMetadataPlaces } from './well-known.ts';

export { faultOf } from './outcome.ts';

const MOST_ISSUERS = 8;
const ISSUERS_AT_ONCE = 4;
/** Milliseconds that the other issuers still get once the one to use is known. */
const PATIENCE = 2_000;

export interface DiscoverOptions {
  /** The refusal that makes it necessary; without one the server is asked first. A bridge's Refusal fits. */
  refusal?: { challenges: readonly string[]; address?: string | undefined } | undefined;
  network?: NetworkSettings | undefined;
  /** Plain http beyond this machine, by the user's word. */
  allowHttp?: boolean | undefined;
  /** `any` lets a public server name private addresses, by the user's word. */
  reach?: 'any' | 'public' | undefined;
  signal?: AbortSignal | undefined;
  /** Milliseconds for each request, its body included; 10,000 unless told. */
  timeout?: number | undefined;
  /** Milliseconds for all of it; 60,000 unless told. */
  total?: number | undefined;
  /** The user's own header fields, sent to the server's own origin only. */
  headers?: HeaderList | undefined;
  /** Which of several authorization servers to take, if any is so; else the first that can be used. */
  prefer?: ((server: ServerMetadata) => boolean) | undefined;
  /** The grant needs no authorization endpoint: nobody is sent to a page. */
  withoutPage?: boolean | undefined;
  /** How time passes: World.sleep. */
  sleep?: World['sleep'] | undefined;
}

const wait: World['sleep'] = (ms, signal) =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', stop, { once: true });
  });

/**
 * Asks an MCP server, and the authorization servers it names, where and how to sign in. A wrong server is
 * data: the only thing thrown is the reason of `signal`. Checklist items 1 to 7.
 */
export async function discover(
  server: URL,
  span: Span,
  options: DiscoverOptions = {},
): Promise<DiscoveryReport> {
  const { inquiry, limit } = begin(server, span.span(`Find out where to sign in to ${server.host}`), options);
  try {
    const challenges = parseChallenges(options.refusal?.challenges ?? (await probe(inquiry)));
    const report = await inquire(challenges, inquiry, options);
    options.signal?.throwIfAborted();
    inquiry.span.note(conclusion(report));
    return report;
  } finally {
    limit.end();
  }
}

/**
 * The metadata of an authorization server that is known already, as it is now, and how far it may reach;
 * `undefined` where there is none to be had. Throws only the reason of `signal`.
 */
export async function lookUp(
  issuer: string,
  server: URL,
  span: Span,
  options: DiscoverOptions = {},
): Promise<Pick<DiscoveryReport, 'chosen' | 'reach'> | undefined> {
  const { inquiry, limit } = begin(server, span, options);
  try {
    const { found } = await findServerMetadata(issuer, inquiry);
    options.signal?.throwIfAborted();
    const isUsable = usableFor(options.withoutPage ?? false);
    return isUsable(found) ? { chosen: found, reach: reachOf(inquiry) } : undefined;
  } finally {
    limit.end();
  }
}

function begin(server: URL, span: Span, options: DiscoverOptions) {
  const sleep = options.sleep ?? wait;
  const total = options.total ?? 60_000;
  const limit = deadline(total, sleep, `Discovery took longer than ${total} ms and was ended.`);
  const inquiry: Inquiry = {
    span,
    server: { url: server, address: options.refusal?.address },
    reach: options.reach,
    headers: options.headers ?? [],
    network: options.network,
    allowHttp: options.allowHttp ?? false,
    timeout: options.timeout ?? 10_000,
    sleep,
    signal: options.signal,
    over: limit.signal,
  };
  return { inquiry, limit };
}

/** The way of the specification: resource metadata, then its issuers, else what 2025-03-26 did. */
async function inquire(
  challenges: readonly Challenge[],
  inquiry: Inquiry,
  { prefer = () => true, withoutPage = false }: DiscoverOptions,
): Promise<DiscoveryReport> {
  const isUsable = usableFor(withoutPage);
  const named = namedResourceMetadata(challenges);
  const resourceMetadata = await findResourceMetadata(named, inquiry);
  const scope = challengedScope(challenges);
  const report = (
    path: DiscoveryReport['path'],
    issuers: DiscoveryReport['issuers'],
    chosen: ServerMetadata | undefined,
  ): DiscoveryReport => ({
    server: inquiry.server.url.href,
    challenges,
    ...(scope ? { challengedScope: scope } : {}),
    resourceMetadata,
    issuers,
    path: chosen ? path : 'none',
    ...(chosen ? { chosen } : {}),
    reach: reachOf(inquiry),
  });

  const listed = resourceMetadata.found?.authorizationServers ?? [];
  if (listed.length > 0) {
    const issuers = await findIssuers(listed, inquiry, isUsable);
    const usable = issuers.flatMap(({ metadata }) => (isUsable(metadata.found) ? [metadata.found] : []));
    // MCP leaves the choice to the client: the first where it can get to be one.
    const chosen = usable.find(prefer) ?? usable[0];
    return report('resource-metadata', issuers, chosen);
  }

  const fallback = fallbackFor(resourceMetadata, named !== undefined || wantsOther(challenges));
  if (fallback === 'none') return report('none', [], undefined);
  const { origin } = inquiry.server.url;
  const metadata = await findOriginMetadata(inquiry);
  const issuers = [{ issuer: origin, metadata }];
  if (isUsable(metadata.found)) return report('origin-metadata', issuers, metadata.found);
  const publishesNone = metadata.attempts.every(
    ({ result, problem }) =>
      result === 'absent' ||
      result === 'redirected' ||
      problem === 'html' ||
      problem === 'not-json' ||
      problem === 'not-metadata',
  );
  if (fallback === 'metadata' || !publishesNone || !checkUrl(origin, { allowHttp: inquiry.allowHttp }).ok) {
    return report('none', issuers, undefined);
  }
  return report('default-endpoints', issuers, defaultServerMetadata(origin));
}

type IsUsable = (metadata: ServerMetadata | undefined) => metadata is ServerMetadata;

function usableFor(withoutPage: boolean): IsUsable {
  return (metadata): metadata is ServerMetadata =>
    metadata?.tokenEndpoint !== undefined && (withoutPage || metadata.authorizationEndpoint !== undefined);
}

/**
 * What may be tried on the server's own origin when resource metadata names no issuer. A guess at default
 * endpoints is for servers that show no sign of a later revision, or of not being OAuth's at all; and where resource metadata exists but
 * is wrong, nothing: its authorization server is not to be replaced by another.
 */
function fallbackFor(found: Search<ResourceMetadata>, sign: boolean): 'none' | 'metadata' | 'defaults' {
  const exists = found.attempts.some(
    ({ problem }) => problem === 'resource-mismatch' || problem === 'incomplete',
  );
  if (exists) return 'none';
  const unsure = found.attempts.some(({ result }) => result === 'unreachable');
  return sign || unsure || found.found ? 'metadata' : 'defaults';
}

async function findResourceMetadata(
  named: string | undefined,
  inquiry: Inquiry,
): Promise<Search<ResourceMetadata>> {
  const server = inquiry.server.url;
  const span = inquiry.span.span('Look for the resource metadata');
  const judge = (document: Document) => readResourceMetadata(document, server);
  if (named === undefined) {
    return search(resourceMetadataPlaces(server), 'resource-metadata', judge, { ...inquiry, span });
  }
  // Where the server itself is reached without TLS, its metadata can be too.
  const checked = checkUrl(named, {
    allowHttp: inquiry.allowHttp || URL.parse(named)?.origin === server.origin,
  });
  const places = resourceMetadataPlaces(server, checked.ok ? checked.url : 'unusable');
  const found = await search(places, 'resource-metadata', judge, { ...inquiry, span });
  if (checked.ok) return found;
  const refused = {
    url: plain(named),
    because: "The server's challenge names this address (resource_metadata).",
    result: 'invalid',
    problem: 'url',
    detail: `It was not asked, because it ${checked.reason}.`,
  } as const;
  return { ...found, attempts: [refused, ...found.attempts] };
}

/** Metadata of every issuer listed: side by side, and not waiting long for others once one can be used. */
async function findIssuers(
  listed: readonly string[],
  inquiry: Inquiry,
  isUsable: IsUsable,
): Promise<{ issuer: string; metadata: Search<ServerMetadata> }[]> {
  if (listed.length > MOST_ISSUERS) {
    inquiry.span.note(
      `Of the ${listed.length} authorization servers named, the first ${MOST_ISSUERS} are asked.`,
    );
  }
  const issuers = listed.slice(0, MOST_ISSUERS);
  const searches = new Array<Search<ServerMetadata> | undefined>(issuers.length);
  const enough = new AbortController();
  const over = AbortSignal.any([inquiry.over, enough.signal]);
  let patience: ReturnType<typeof deadline> | undefined;
  let next = 0;
  const work = async () => {
    for (let index = next++; index < issuers.length; index = next++) {
      searches[index] = await findServerMetadata(issuers[index] ?? '', { ...inquiry, over });
      const leader = searches.find(search => search === undefined || isUsable(search.found));
      if (leader === undefined || patience) continue;
      patience = deadline(
        PATIENCE,
        inquiry.sleep,
        'Another authorization server was chosen before it answered.',
      );
      patience.signal.addEventListener('abort', () => enough.abort(patience?.signal.reason));
    }
  };
  try {
    await Promise.all(Array.from({ length: ISSUERS_AT_ONCE }, work));
  } finally {
    patience?.end();
  }
  return issuers.map((issuer, index) => ({ issuer, metadata: searches[index] ?? { attempts: [] } }));
}

async function findServerMetadata(issuer: string, inquiry: Inquiry): Promise<Search<ServerMetadata>> {
  const span = inquiry.span.span(`Look for the metadata of the authorization server ${quote(issuer)}`);
  const checked = checkUrl(issuer, { allowHttp: inquiry.allowHttp });
  const reason = !checked.ok
    ? checked.reason
    : /[?#]/.test(issuer)
      ? 'has a query or a fragment, which an issuer must not have'
      : undefined;
  if (!checked.ok || reason !== undefined) {
    const because = 'The resource metadata names this authorization server.';
    const detail = `It was not asked, because it ${reason}.`;
    return { attempts: [{ url: plain(issuer), because, result: 'invalid', problem: 'url', detail }] };
  }
  const judge = (document: Document) => readServerMetadata(document, rulesFor([issuer], inquiry));
  return search(serverMetadataPlaces(checked.url), 'server-metadata', judge, { ...inquiry, span });
}

/** Read when the document is there: by then the server's address is known. */
function rulesFor(issuers: readonly string[], inquiry: Inquiry): ServerMetadataRules {
  return { issuers, allowHttp: inquiry.allowHttp, reach: reachOf(inquiry) };
}

/** Metadata on the server's own origin, the authorization base URL of 2025-03-26. */
async function findOriginMetadata(inquiry: Inquiry): Promise<Search<ServerMetadata>> {
  const { origin } = inquiry.server.url;
  const span = inquiry.span.span('Look for an authorization server on the same host, as in 2025-03-26');
  const issuers = [origin, `${origin}/`];
  const judge = (document: Document) => readServerMetadata(document, rulesFor(issuers, inquiry));
  return search(serverMetadataPlaces(new URL(origin)), 'server-metadata', judge, { ...inquiry, span });
}
