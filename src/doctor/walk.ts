import type { JsonObject } from '../base/json.ts';
import type { Client, Fallback } from '../checks/client.ts';
import { CLIENTS } from '../checks/clients.ts';
import type { Examination, ProbeKind } from '../checks/examination.ts';
import { isInternalHost } from '../checks/internal-host.ts';
import { type Answer, View } from '../checks/view.ts';
import { namedResourceMetadata } from '../oauth/challenge.ts';
import { lookBeforehand } from './clients/beforehand.ts';
import { goBeyond } from './clients/beyond.ts';
import { mismatchedResource } from './clients/codes.ts';
import { type ClientWalk, type End, Notes } from './clients/notes.ts';
import { begin } from './clients/opening.ts';
import { ownWalk } from './clients/own.ts';
import { register } from './clients/register.ts';
import { type Found, findResource, resourceFits } from './clients/resource.ts';
import { Seen } from './clients/seen.ts';
import { findServer, refusesPkce, type Sought } from './clients/server.ts';

export { fitting } from './clients/fitting.ts';
export type { ClientWalk, WalkResult } from './clients/notes.ts';

const MOST_ISSUERS = 8;

/** The client of a name, as `--as-client` takes it. */
export function clientNamed(name: string): Client | undefined {
  return CLIENTS.find(each => each.name === name.toLowerCase());
}

/** The way of every known client over the answers of an examination; none for an issuer by itself. */
export function walks(examination: Examination, clients: readonly Client[] = CLIENTS): ClientWalk[] {
  if (examination.kind !== 'server') return [];
  const view = new View(examination);
  return clients.map(client => walk(client, view));
}

/** The way of one client over the answers that were seen, by what is known of it. Asks nothing. */
export function walk(client: Client, view: View): ClientWalk {
  const notes = new Notes();
  const { name, title, version } = client;
  const head = { client: name, title, version };
  // What Keybridge makes of a refusal need not be worked out: it did it.
  const own = name === 'keybridge' ? ownWalk(client, view, notes) : undefined;
  const end = own ?? new Walk(client, view, notes).run();
  const last = 'result' in end ? end : register(client, end.json, view, notes);
  const beyond = goBeyond(last, name === 'keybridge', view, notes);
  return { ...head, ...notes.end(beyond), steps: notes.steps };
}

class Walk {
  readonly #client: Client;
  readonly #view: View;
  readonly #server: URL;
  readonly #seen: Seen;
  readonly #notes: Notes;

  constructor(client: Client, view: View, notes: Notes) {
    this.#client = client;
    this.#view = view;
    this.#server = view.target;
    this.#seen = new Seen(view);
    this.#notes = notes;
  }

  run(): End | { json: JsonObject } {
    const { beforehand } = this.#client;
    const unreached = this.#reach();
    if (unreached) return unreached;
    if (beforehand) {
      const named = this.#named(beforehand, undefined);
      lookBeforehand(this.#client, beforehand, this.#view, named, this.#seen, this.#notes);
    }
    const refusal = begin(this.#client, this.#view, this.#notes);
    if ('result' in refusal) return refusal;
    const named = this.#named(this.#client, refusal);
    const resource = findResource(this.#client, this.#server, named, this.#seen, this.#notes);
    if ('result' in resource) return resource;
    const server = this.#findServer(resource);
    if ('result' in server && server.result === 'stops') return server;
    return this.#compareLate(resource) ?? server;
  }

  /** Whether its requests get to the server at all. */
  #reach(): End | undefined {
    const { protocol, hostname } = this.#server;
    if (protocol === 'https:' && !isInternalHost(hostname)) return undefined;
    const { reach } = this.#client;
    if (this.#notes.know(reach, 'any', 'whether it reaches servers that are not public') === 'any')
      return undefined;
    this.#notes.cite(reach);
    return {
      result: 'stops',
      reason:
        'before the first request, since it comes from the internet and needs public https: what runs on this machine, as Keybridge does, reaches it.',
    };
  }

  /** The address of the resource metadata that the client reads from a challenge. */
  #named(
    { challenge, challenges }: Pick<Client, 'challenge' | 'challenges'>,
    refused: Answer | undefined,
  ): string | undefined {
    const request = this.#notes.know(challenge, 'post');
    const kinds: readonly ProbeKind[] =
      request === 'post' ? [] : request === 'post-and-get' ? ['get'] : [request];
    const refusals = [
      ...(request.startsWith('post') ? [refused] : []),
      ...kinds.map(kind => this.#view.answer(kind)),
    ].filter(answer => answer?.status === 401 || answer?.status === 403);
    const { named } = this.#client;
    for (const refusal of refusals) {
      const all = refusal?.challenges ?? [];
      const isHidden = all.length > 0 && all[0]?.scheme.toLowerCase() !== 'bearer';
      const which = this.#notes.know(
        challenges,
        'any',
        isHidden ? 'whether it reads a challenge that is not the first' : undefined,
      );
      if (isHidden && which === 'first') continue;
      const url = URL.parse(namedResourceMetadata(all) ?? '');
      if (!url || !/^https?:$/.test(url.protocol)) continue;
      const isElsewhere = url.origin !== this.#server.origin;
      if (isElsewhere && this.#notes.know(named, 'anywhere') === 'same-origin') {
        this.#notes.stray('CHL-04');
        continue;
      }
      return url.href;
    }
    return undefined;
  }

  #findServer({ issuers }: Found): End | { json: JsonObject } {
    const { withoutIssuer, withoutMetadata } = this.#client;
    if (issuers.length === 0) {
      if (withoutIssuer === 'unknown')
        return { result: 'unknown', reason: 'It is not known what it does without resource metadata.' };
      this.#notes.cite(withoutIssuer);
      return this.#fallBack(withoutIssuer.is, undefined);
    }
    const which = this.#notes.know(
      this.#client.issuers,
      'first',
      issuers.length > 1 ? 'which of several authorization servers it takes' : undefined,
    );
    const tried = which === 'first' ? issuers.slice(0, 1) : issuers.slice(0, MOST_ISSUERS);
    for (const issuer of tried) {
      const url = URL.parse(issuer);
      if (!url || !/^https?:$/.test(url.protocol))
        return {
          result: 'stops',
          reason: `at the authorization server ${issuer}, which is no URL.`,
          code: 'PRM-15',
        };
      const found = this.#look({ issuer: url, written: issuer });
      if (found !== 'none') return found;
    }
    if (withoutMetadata === 'unknown') {
      const reason = 'It is not known what it does where an authorization server has no metadata.';
      return { result: 'unknown', reason };
    }
    this.#notes.cite(withoutMetadata);
    return this.#fallBack(withoutMetadata.is, URL.parse(tried[0] ?? '') ?? undefined);
  }

  #look(sought: Sought): End | { json: JsonObject } | 'none' {
    const found = findServer(this.#client, sought, this.#seen, this.#notes);
    if (found === 'none' || 'result' in found) return found;
    return refusesPkce(this.#client, found.json, this.#notes) ?? found;
  }

  /** Goes on where no metadata names, or has, an authorization server. */
  #fallBack(steps: readonly Fallback[], issuer: URL | undefined): End | { json: JsonObject } {
    const origin = new URL(this.#server.origin);
    for (const step of steps) {
      if (step === 'guess-origin') return this.#guess(origin);
      if (step === 'guess-issuer') return this.#guess(new URL((issuer ?? origin).origin));
      // It was asked already.
      if (issuer?.origin === origin.origin && step !== 'server') continue;
      const server = new URL(this.#server.pathname, origin);
      const found = this.#look(
        step === 'server'
          ? { issuer: server }
          : { issuer: origin, ...(step === 'origin-oauth' ? { places: ['oauth'] as const } : {}) },
      );
      if (found !== 'none') return found;
    }
    this.#notes.stray('ASM-22');
    return { result: 'stops', reason: 'without having found an authorization server.' };
  }

  /** Endpoints of 2025-03-26. They may happen to be the right ones. */
  #guess(base: URL): End {
    const url = new URL('/authorize', base).href;
    const documents = this.#view.issuers.flatMap(issuer => this.#view.serverDocuments(issuer));
    const isRight = documents.some(
      ({ json }) =>
        json?.authorization_endpoint === url && json.token_endpoint === new URL('/token', base).href,
    );
    this.#notes.steps.push({
      url,
      because: 'endpoints that no metadata names: /authorize, /token, /register',
      verdict: isRight ? 'guessed, and right' : 'guessed',
    });
    if (isRight) return { result: 'through', reason: 'at guessed endpoints that happen to be right.' };
    this.#notes.stray('ASM-22');
    return { result: 'guesses', reason: `${url}, without metadata that says so.` };
  }

  /** Some compare the resource only now. */
  #compareLate({ resource }: Found): End | undefined {
    const rule = this.#client.resource;
    if (resource === undefined || rule === 'unknown' || !rule.is.late) return undefined;
    if (resourceFits(this.#client, resource, this.#server, false, this.#notes)) return undefined;
    this.#notes.cite(rule);
    return {
      result: 'stops',
      reason: `at the resource metadata: it speaks for ${resource}, not for ${this.#server.href}.`,
      code: mismatchedResource(URL.parse(resource), this.#server),
    };
  }
}
