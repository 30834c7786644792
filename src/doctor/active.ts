import { isAddress } from '../base/address.ts';
import { asString, asStrings, isObject, type JsonObject, parseJson } from '../base/json.ts';
import { isLoopbackHost } from '../base/text.ts';
import type { World } from '../base/world.ts';
import type { Examination, Probe, TrialClient } from '../checks/examination.ts';
import { View } from '../checks/view.ts';
import { checkUrl } from '../oauth/identifier.ts';
import { deadline } from '../oauth/retrieve.ts';
import type { Span } from '../trace/event.ts';
import type { Trace } from '../trace/trace.ts';
import {
  authorizeQuestions,
  badBearerQuestion,
  codelessQuestion,
  dangerousRegistrations,
  deletionQuestion,
  forwardedHostQuestion,
  narrowingRegistrations,
  otherRegistrations,
  otherTokenQuestion,
  registrationQuestion,
  unknownSessionQuestion,
} from './active-plan.ts';
import type { ExamineOptions } from './examine.ts';
import { type ENDPOINTS, endpointOf, type Overrides } from './overrides.ts';
import type { Question } from './plan.ts';
import { LARGEST } from './read.ts';
import { Recording } from './recording.ts';

export interface ActiveOptions extends Omit<ExamineOptions, 'instruments'> {
  /** A token of the user's that was issued for another resource of the same authorization server. */
  otherToken?: string | undefined;
}

const MOST_ISSUERS = 4;
/** The client named where none could be registered. */
const NOBODY = 'keybridge-doctor';

interface Said {
  status: number;
  json: JsonObject | undefined;
  session: string | null;
}

/**
 * After {@link examine}: what cannot be seen without doing something there. Registers trial clients and deletes
 * them again where it can, and makes requests that must be refused. One request at a time, each named before
 * it is made. What goes wrong is data; the only thing thrown is the reason of `signal`.
 */
export async function examineActively(
  before: Examination,
  span: Span,
  trace: Trace,
  world: Pick<World, 'now' | 'sleep'>,
  options: ActiveOptions = {},
): Promise<Examination> {
  return new ActivePass(before, span, trace, world, options).run();
}

class ActivePass {
  readonly #before: Examination;
  readonly #view: View;
  readonly #span: Span;
  readonly #world: Pick<World, 'now' | 'sleep'>;
  readonly #options: ActiveOptions;
  readonly #probes: Probe[] = [];
  readonly #trials: TrialClient[] = [];
  readonly #recording: Recording;

  constructor(
    before: Examination,
    span: Span,
    trace: Trace,
    world: Pick<World, 'now' | 'sleep'>,
    options: ActiveOptions,
  ) {
    this.#before = before;
    this.#view = new View(before);
    this.#span = span;
    this.#recording = new Recording(trace);
    this.#world = world;
    this.#options = options;
  }

  async run(): Promise<Examination> {
    try {
      if (this.#before.kind === 'server') await this.#server();
      for (const [index, issuer] of this.#view.issuers.slice(0, MOST_ISSUERS).entries())
        await this.#issuer(issuer, index === 0 ? this.#options.overrides : {});
    } finally {
      this.#recording.stop();
    }
    this.#options.signal?.throwIfAborted();
    const { probes, exchanges } = this.#before;
    return {
      ...this.#before,
      finishedAt: this.#world.now(),
      probes: [...probes, ...this.#probes],
      exchanges: { ...exchanges, ...Object.fromEntries(this.#recording.exchanges) },
      trials: this.#trials,
    };
  }

  get #isPrivate(): boolean {
    const { hostname } = this.#view.target;
    return this.#before.discovery?.reach === 'any' || isLoopbackHost(hostname) || isAddress(hostname);
  }

  async #server(): Promise<void> {
    const { target } = this.#view;
    const { otherToken, headers = [] } = this.#options;
    await this.#ask(forwardedHostQuestion(target));
    // Who is asked for a token first says nothing of sessions.
    if (this.#view.isOpen && !this.#view.refusal) await this.#ask(unknownSessionQuestion(target));
    // The user's own credentials would be what the server looks at.
    if (headers.some(([name]) => name.toLowerCase() === 'authorization')) return;
    await this.#ask(badBearerQuestion(target));
    if (otherToken !== undefined) {
      this.#span.secret(otherToken);
      await this.#ask(otherTokenQuestion(target, otherToken));
    }
  }

  async #issuer(issuer: string, overrides: Overrides = {}): Promise<void> {
    const [document] = this.#view.serverDocuments(issuer);
    // Of two documents the one that Keybridge itself goes by.
    const { chosen } = this.#before.discovery ?? {};
    const metadata = chosen?.issuer === issuer && chosen.raw.issuer ? chosen.raw : document?.json;
    const endpoint = (name: (typeof ENDPOINTS)[number]) => endpointOf(name, metadata, overrides);
    const clean: (() => Promise<void>)[] = [];
    try {
      const register = endpoint('registration_endpoint');
      const registered = register && (await this.#register(register, issuer, clean));
      const clientId = overrides.clientId ?? registered;
      const authorize = endpoint('authorization_endpoint');
      const token = endpoint('token_endpoint');
      const own = asString(this.#view.resourceDocuments[0]?.json?.resource);
      const { resource = own, scope } = overrides;
      if (authorize && clientId)
        for (const each of authorizeQuestions(authorize, issuer, clientId, { resource, scope }))
          await this.#ask(each);
      if (token) await this.#ask(codelessQuestion(token, issuer, clientId ?? NOBODY));
    } finally {
      for (const each of clean) await each();
    }
  }

  /** Answers the client that was registered as ours is. */
  async #register(
    endpoint: string,
    issuer: string,
    clean: (() => Promise<void>)[],
  ): Promise<string | undefined> {
    const { scope } = this.#options.overrides ?? {};
    const listed = scope?.split(' ') ?? this.#view.resourceDocuments[0]?.json?.scopes_supported;
    const attempt = async (question: Question) => {
      const said = await this.#ask(question);
      const clientId = this.#registered(said, issuer, clean);
      // It wants no more of us now, or it is not there.
      const isOver = !said || said.status === 429 || said.status >= 500;
      return { clientId, isOver, status: said?.status ?? 0 };
    };
    const ours = await attempt(registrationQuestion(endpoint, issuer));
    if (ours.isOver || [401, 403, 404, 405, 501].includes(ours.status)) return undefined;
    let further: Question[];
    if (ours.clientId === undefined) {
      further = narrowingRegistrations(endpoint, issuer, true);
    } else {
      further = [
        ...otherRegistrations(endpoint, issuer, asStrings(listed) ?? []),
        ...dangerousRegistrations(endpoint, issuer),
      ];
    }
    for (const [index, question] of further.entries()) {
      const { clientId, isOver } = await attempt(question);
      if (isOver) break;
      // The barest one comes first. Only where it is refused is it worth finding out what was missing.
      if (index > 0 || clientId !== undefined || ours.clientId === undefined) continue;
      for (const each of narrowingRegistrations(endpoint, issuer, false)) await attempt(each);
    }
    return ours.clientId;
  }

  #registered(said: Said | undefined, issuer: string, clean: (() => Promise<void>)[]): string | undefined {
    const clientId = asString(said?.json?.client_id);
    if (!said || said.status >= 300 || clientId === undefined) return undefined;
    const trial: TrialClient = { issuer, clientId, deleted: false };
    this.#trials.push(trial);
    const uri = asString(said.json?.registration_client_uri);
    const token = asString(said.json?.registration_access_token);
    if (token !== undefined) this.#span.secret(token);
    if (uri !== undefined && token !== undefined && checkUrl(uri, { allowHttp: true }).ok)
      clean.push(async () => {
        const { status = 0 } = (await this.#ask(deletionQuestion(uri, token, issuer, clientId))) ?? {};
        trial.deleted = status === 204 || status === 200;
      });
    return clientId;
  }

  /** Names the question, asks it, and reads what comes. `undefined` where nothing came. */
  async #ask(question: Question): Promise<Said | undefined> {
    const { kind, url, because, about } = question;
    const isDeletion = kind === 'registration-deleted';
    const { onProgress, signal: given } = this.#options;
    // What was registered is deleted also when the user has had enough.
    if (given?.aborted && !isDeletion) return undefined;
    onProgress?.(`${because} (${question.method} ${new URL(url).host})`);
    const span = this.#span.span(`${kind}: ${because}`);
    const said = await this.#once(question, span, isDeletion ? undefined : given).catch(() => undefined);
    this.#probes.push({
      kind,
      url,
      because,
      ...(about === undefined ? {} : { about }),
      exchanges: this.#recording.of(span.id),
    });
    this.#options.onProbes?.([...this.#before.probes, ...this.#probes]);
    return said;
  }

  async #once(question: Question, span: Span, given: AbortSignal | undefined): Promise<Said> {
    const url = new URL(question.url);
    const { timeout = 10_000, headers = [], network } = this.#options;
    const { target } = this.#view;
    const isHome = url.origin === target.origin;
    const own = isHome && question.about === undefined ? headers : [];
    const limit = deadline(timeout, this.#world.sleep, `No whole answer within ${timeout} ms.`);
    const signal = given ? AbortSignal.any([limit.signal, given]) : limit.signal;
    const send = (method: string, more: Question['headers'], body?: string) =>
      span.fetch(method === question.method ? 'probe' : 'mcp-session-end', {
        method,
        url: url.href,
        headers: [...more, ...own],
        secretHeaders: own.map(([name]) => name),
        recorded: LARGEST,
        ...(body === undefined ? {} : { body: new TextEncoder().encode(body) }),
        // Documents of a public target have no business on the user's own network.
        reach: isHome || this.#isPrivate ? 'any' : 'public',
        headTimeout: timeout,
        network,
        signal,
      });
    try {
      const { response } = await send(question.method, question.headers, question.body);
      const said = await read(response);
      const isMcp = question.about === undefined;
      if (isMcp && said.session !== null && said.status < 300) {
        const authorization = question.headers.filter(([name]) => name === 'authorization');
        const ended = await send('DELETE', [['mcp-session-id', said.session], ...authorization]);
        await ended.response.body?.cancel();
      }
      return said;
    } finally {
      limit.end();
    }
  }
}

/** The beginning of a body, and what it says if it is JSON. A stream is left after its beginning. */
async function read(response: Response): Promise<Said> {
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
  const session = response.headers.get('mcp-session-id');
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for await (const part of response.body ?? []) {
    text += decoder.decode(part, { stream: true });
    size += part.byteLength;
    if (size > LARGEST || isStream) break;
  }
  const json = parseJson(text);
  return { status: response.status, json: isObject(json) ? json : undefined, session };
}
