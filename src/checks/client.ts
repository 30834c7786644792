import type { Reference } from './check.ts';

/** What is known of a client in one respect, and where that can be read. Never a guess. */
export type Cell<T> = { is: T; source: Reference } | 'unknown';

/** Where a client looks for resource metadata; `appended` is behind the server's own path. */
export type ResourcePlace = 'named' | 'path' | 'appended' | 'root';
/** Where it looks for an authorization server's metadata; the last two leave the issuer's path out. */
export type ServerPlace = 'oauth' | 'openid-inserted' | 'openid-appended' | 'oauth-root' | 'openid-root';

/** What can come instead of the document that was looked for. */
export type Mishap =
  /** No answer at all. */
  | 'failed'
  /** A redirect that the client does not follow. */
  | 'redirect'
  /** Another 4xx than 408, 425 and 429. */
  | 'refused'
  | 'busy'
  /** 502. */
  | 'gateway'
  /** Another 5xx. */
  | 'broken'
  /** 200 with something that is not JSON. */
  | 'page'
  /** JSON that lacks a field the client needs. */
  | 'lacking'
  /** Resource metadata without authorization servers. */
  | 'no-issuers'
  /** Metadata that speaks for somebody else. */
  | 'mismatch';

/**
 * What a client does then: it asks at the next place, goes on as if there were no such metadata, gives up, or
 * nobody knows.
 */
export type Reaction = 'next' | 'none' | 'stop' | 'unknown';
export type Reactions = Partial<Record<Mishap, Reaction>> & { otherwise: Reaction };

/**
 * What a client tries where no issuer is named, or the one named has no metadata: documents of the server's
 * origin (both kinds, or OAuth's only) or of its whole URL; endpoints guessed on that origin or at the issuer.
 */
export type Fallback = 'origin' | 'origin-oauth' | 'server' | 'guess-origin' | 'guess-issuer';

/** What comes of metadata that does not promise S256; `next`: another document is tried first. */
export type Pkce = 'accepted' | 'next' | 'refused' | 'unknown';

/** Where and how a client looks for metadata. */
export interface Ways {
  /** The request whose refusal it reads `resource_metadata` from. */
  challenge: Cell<'post' | 'get' | 'head' | 'post-and-get'>;
  /** `first`: only where the first challenge is Bearer. */
  challenges: Cell<'any' | 'first'>;
  /** Which addresses in a challenge it believes. */
  named: Cell<'anywhere' | 'same-origin'>;
  resourcePlaces: Cell<{
    /** In this order, where the challenge names an address, and where it names none. */
    named: readonly ResourcePlace[] | 'unknown';
    unnamed: readonly ResourcePlace[] | 'unknown';
    /** What becomes of a slash at the end of the server's path. */
    slash: 'kept' | 'dropped' | 'both';
    /** Whether the server's query is kept. */
    query?: true;
  }>;
  resourceReactions: Cell<Reactions & { whenNamed?: Reactions }>;
  /** Redirects of metadata requests that it follows. */
  redirects: Cell<'all' | 'same-origin' | 'same-origin-or-fails'>;
  /** Of several authorization servers. */
  issuers: Cell<'first' | 'each'>;
  serverPlaces: Cell<{
    /** For issuers with a path, and without. */
    path: readonly ServerPlace[] | 'unknown';
    root: readonly ServerPlace[] | 'unknown';
  }>;
  serverReactions: Cell<Reactions>;
  withoutIssuer: Cell<readonly Fallback[]>;
  withoutMetadata: Cell<readonly Fallback[]>;
}

/** One client: the ways it goes and how strict it is. */
export interface Client extends Ways {
  /** For `--as-client`. */
  name: string;
  title: string;
  /** What was read, or when it was seen. */
  version: string;
  /** What it looks for beforehand, without effect on where it ends. */
  beforehand?: Pick<Ways, 'challenge' | 'challenges' | 'resourcePlaces' | 'serverPlaces'>;
  /** The servers it can reach at all. */
  reach: Cell<'any' | 'public-https'>;
  /** Statuses of an unauthenticated POST that make it begin. */
  begins: Cell<readonly number[]>;
  /** Statuses, 401 and 403 apart, with which a POST is refused where it tries HTTP+SSE of 2024-11-05. */
  older: Cell<{ from: number; to: number }>;
  postRedirects: Cell<'all' | 'same-origin-keeping-post' | 'none'>;
  /**
   * What `resource` must be: the server's URL after parsing (`same`), perhaps but for the query (`same-path`);
   * that without regard to a slash at the end, or else the origin (`same-or-origin`); a prefix of it (`prefix`,
   * where a longer path never is one), without regard to a slash (`prefix-or-slash`); at least on its host
   * (`host`: of a path that differs nobody knows). `late`: compared after the server's metadata was read.
   */
  resource: Cell<{
    rule: 'same' | 'same-path' | 'same-or-origin' | 'prefix' | 'prefix-or-slash' | 'host' | 'unchecked';
    late?: true;
  }>;
  /** How the issuer in the document is compared with the one asked for. */
  issuer: Cell<'exact' | 'exact-or-slash-less' | 'root-slash' | 'unchecked'>;
  /**
   * The same where no metadata names an issuer and the server's own origin is taken for one; `by-place`: the
   * issuer that the address of the document stands for.
   */
  originIssuer: Cell<'root-slash' | 'by-place' | 'unchecked'>;
  /** Fields without which server metadata is of no use, by the kind of document. */
  needs: Cell<{ oauth: readonly string[]; openid: readonly string[] }>;
  /**
   * What comes of a known member of another type than its own, null included, in metadata or in the answer to a
   * registration; `refused`: the whole document is of no use.
   */
  shapes: Cell<'refused' | 'unchecked'>;
  /** `code_challenge_methods_supported` absent, or without S256. */
  pkce: Cell<{ absent: Pkce; withoutS256: Pkce }>;
  /** How it becomes a client; `byHand` where nothing else goes: it asks for a client id, or needs one given. */
  registration: Cell<{
    /** `guessed`: without an endpoint in the metadata, at /register of the server's origin. */
    dynamic: boolean | 'guessed';
    /** Client ID Metadata Document; `with-none`: where the server also lists the method `none`. */
    document: 'always' | 'with-none' | 'if-configured' | 'never' | 'unknown';
    byHand: 'asks' | 'setting' | 'unknown';
  }>;
  /** Endpoints in plain http beyond this machine. */
  httpEndpoints: Cell<'accepted' | 'refused' | 'refused-at-token'>;
  /** What it says in `resource`, the scopes it asks for, and where the browser comes back to: sentences. */
  resourceParameter: Cell<string>;
  scopes: Cell<string>;
  callback: Cell<string>;
}

/** Makes cells that all rest on one file of a repository. */
export function readIn(repository: string, path: string, branch: string) {
  const source = {
    title: `${repository}, ${path}`,
    url: `https://github.com/${repository}/blob/${branch}/${path}`,
  };
  return <const T>(is: T): { is: T; source: Reference } => ({ is, source });
}

/** Makes cells that rest on a thread or a page. */
export function toldIn({ title, url }: Reference) {
  return <const T>(is: T): { is: T; source: Reference } => ({ is, source: { title, url } });
}
