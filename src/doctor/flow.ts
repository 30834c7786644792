import { Fault, type FaultJson } from '../base/fault.ts';
import { plain, shownUrl, withoutEnd } from '../base/text.ts';
import { Turns } from '../base/turns.ts';
import type { CallbackArrival, World } from '../base/world.ts';
import type { Examination } from '../checks/examination.ts';
import { ANOTHER, type Flow, lookInto } from '../checks/flow.ts';
import { View } from '../checks/view.ts';
import type { SignInHosts } from '../oauth/authorization-endpoint.ts';
import { Callbacks } from '../oauth/callback.ts';
import type { ClientOptions } from '../oauth/client-options.ts';
import { faultOf } from '../oauth/discover.ts';
import type { ClientRegistration, Grant } from '../oauth/grant.ts';
import type { Registrations } from '../oauth/register.ts';
import { type SignInStep, signIn } from '../oauth/sign-in.ts';
import { revoke } from '../oauth/token.ts';
import type { Span } from '../trace/event.ts';
import type { Trace } from '../trace/trace.ts';
import type { ExamineOptions } from './examine.ts';
import { call, type FlowProbes, forgetClient, preview } from './flow-probes.ts';
import { reportFor } from './overridden-report.ts';
import { Recording } from './recording.ts';

export interface FlowOptions extends Omit<ExamineOptions, 'instruments'> {
  /** What the user says of the client, as for a bridge. */
  client?: ClientOptions | undefined;
  /** Asks whether the page and who gets what is allowed there belong together; throws where nobody says so. */
  confirm?: ((hosts: SignInHosts) => Promise<void>) | undefined;
  /** Told the link; `opened` says whether a browser could be started with it. */
  onLink?: ((url: URL, opened: boolean) => void) | undefined;
  /** Hands over what takes a pasted address or text; the function it answers ends that. */
  onPaste?: ((take: (text: string) => Promise<void>) => () => void) | undefined;
  /** Milliseconds a person has for the sign-in; 15 minutes unless told. */
  patience?: number | undefined;
}

type FlowWorld = Pick<World, 'now' | 'sleep' | 'random' | 'openBrowser' | 'listenForCallback'>;

const PATIENCE = 15 * 60_000;
/** Statuses with which a server shows an error; a filter against robots says 403, a password is asked for by 401. */
const SHOWN = [400, 404, 422, 500];
/** Parameters whose values are nobody's business. */
const HIDDEN = ['state', 'code_challenge', 'nonce', 'request', 'id_token_hint', 'login_hint'];

/**
 * After {@link examine}: one whole sign-in with the bridge's own code, the first calls with the token, and then
 * the end of both; where a server wants no sign-in, the calls alone, and there is no flow. Everything is kept in memory and forgotten. What goes wrong is in the flow; the only thing
 * thrown is the reason of `signal`.
 */
export async function examineFlow(
  before: Examination,
  span: Span,
  trace: Trace,
  world: FlowWorld,
  options: FlowOptions = {},
): Promise<Examination> {
  const recording = new Recording(trace);
  const named = options.issuers?.[0];
  const flow: Flow = { issuer: named ?? before.discovery?.chosen?.issuer ?? '' };
  const probes: FlowProbes = { before, span, recording, world, options, made: [], trials: [] };
  const isOpen = await isWithoutSignIn(probes);
  try {
    if (isOpen) await call(probes, undefined);
    else await oneFlow(probes, flow, world);
  } catch (error) {
    options.signal?.throwIfAborted();
    flow.failure = withoutTrace(Fault.of(error).toJSON(), before.target);
    const refused = recording.last('token');
    if (refused && !flow.token) flow.token = { exchange: refused.id, format: 'opaque' };
  } finally {
    recording.stop();
  }
  return {
    ...before,
    finishedAt: world.now(),
    probes: [...before.probes, ...probes.made],
    exchanges: { ...before.exchanges, ...Object.fromEntries(recording.exchanges) },
    trials: [...(before.trials ?? []), ...probes.trials],
    ...(isOpen ? {} : { flow }),
  };
}

/** No trace is kept of what the doctor does: what was sent and what came back is in a report of its own. */
function withoutTrace(fault: FaultJson, target: string): FaultJson {
  const { remedy } = fault;
  if (remedy === undefined || !/`keybridge trace`/.test(remedy)) return fault;
  const how = `keybridge doctor ${shownUrl(target)} --login --har FILE`;
  return { ...fault, remedy: remedy.replace(/`keybridge trace`/g, `\`${how}\``) };
}

/** Whether a server lets everybody in and names nobody who could sign them in: there is nothing but the calls. */
async function isWithoutSignIn(probes: FlowProbes): Promise<boolean> {
  const view = new View(probes.before);
  if (probes.before.kind !== 'server' || !view.isOpen || view.refusal) return false;
  const report = await reportFor(probes).catch(() => undefined);
  return !report?.chosen || report.path === 'default-endpoints';
}

async function oneFlow(probes: FlowProbes, flow: Flow, world: FlowWorld): Promise<void> {
  const { span, options } = probes;
  const report = await reportFor(probes);
  if (!report) throw new Fault('usage.url', 'A sign-in needs the URL of a server, not of an issuer.');
  if (!report.chosen) throw faultOf(report);
  flow.issuer = report.chosen.issuer;
  const { network } = options;
  const client: ClientOptions = { ...options.client, ...(network ? { network } : {}) };
  const kept: ClientRegistration[] = [];
  const over = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, over.signal]) : over.signal;
  const callbacks = new Callbacks({
    listenForCallback: (address, onArrival) =>
      world.listenForCallback(address, arrival => {
        seeArrival(flow, arrival, report.chosen?.authorizationResponseIssParameterSupported ?? false);
        onArrival(arrival);
      }),
  });
  const clock = new AbortController();
  const patience = options.patience ?? PATIENCE;
  world.sleep(patience, clock.signal).then(
    () => over.abort(new Fault('sign-in.cancelled', `Nobody came back within ${patience / 60_000} minutes.`)),
    () => {},
  );
  let stopPasting = () => {};
  let failure: Fault | undefined;
  let ended: { grant: Grant; registration: ClientRegistration } | undefined;
  try {
    const steps = signIn(
      {
        server: new URL(report.server),
        profile: 'doctor',
        report,
        options: client,
        held: [],
        callbacks,
        registrations: forgetful(kept),
        turns: new Turns(),
        openCallback: () => openCallback(callbacks, client),
        reach: report.reach,
        ...(options.confirm ? { confirm: options.confirm } : {}),
      },
      world,
      span,
      signal,
    );
    let next = await steps.next();
    while (!next.done) {
      await seeStep(next.value, probes, flow, kept, client);
      if (next.value.step === 'authorize') {
        const { url } = next.value;
        const hopeless = await hopelessFor(url, probes);
        if (hopeless) throw new Fault('sign-in.failed', hopeless);
        stopPasting = options.onPaste?.(text => takePasted(text, callbacks, flow, over)) ?? stopPasting;
        const opened = await world.openBrowser(url).then(
          () => true,
          () => false,
        );
        options.onLink?.(url, opened);
      }
      next = await steps.next();
    }
    ended = next.value;
  } catch (error) {
    failure = Fault.of(error);
  } finally {
    clock.abort();
    stopPasting();
    over.abort(new Fault('sign-in.cancelled', 'The sign-in is over.'));
    await callbacks.close();
  }
  try {
    if (ended) await useAndRevoke(probes, flow, ended.grant, ended.registration);
  } finally {
    for (const { issuer, clientId, registrationClientUri: uri, registrationAccessToken: token } of kept) {
      const deleted = uri !== undefined && token !== undefined && (await forgetClient(probes, uri, token));
      probes.trials.push({ issuer, clientId, deleted });
    }
  }
  if (failure) throw failure;
}

/** The first calls with the token, and its end. */
async function useAndRevoke(
  probes: FlowProbes,
  flow: Flow,
  grant: Grant,
  registration: ClientRegistration,
): Promise<void> {
  const { before, span, options } = probes;
  const exchange = probes.recording.last('token')?.id;
  flow.token = { ...lookInto(grant.accessToken), ...(exchange ? { exchange } : {}) };
  await call(probes, grant.accessToken);
  if (!grant.revocationEndpoint) return;
  options.onProgress?.('The token is revoked.');
  const { network, signal } = options;
  await revoke(grant, registration, grant.revocationEndpoint, {
    span,
    network,
    reach: before.discovery?.reach,
    signal,
  });
}

/** A loopback address of our own for this one sign-in. */
async function openCallback(callbacks: Callbacks, { callback }: ClientOptions) {
  const { host = '127.0.0.1', port = 0, path = '/callback' } = callback ?? {};
  const { redirectUri } = await callbacks.open({ host, port, path });
  const other = redirectUri.replace('//127.0.0.1:', '//localhost:');
  return { redirectUris: callback || other === redirectUri ? [redirectUri] : [redirectUri, other] };
}

function forgetful(kept: ClientRegistration[]): Registrations {
  return {
    registrations: async () => [],
    putRegistration: async registration => void kept.push(registration),
    deleteRegistration: async () => {},
  };
}

async function seeStep(
  step: SignInStep,
  { options }: FlowProbes,
  flow: Flow,
  kept: readonly ClientRegistration[],
  client: ClientOptions,
): Promise<void> {
  if (step.step === 'listening') options.onProgress?.(`Waiting for the browser at ${step.redirectUri}`);
  if (step.step === 'registered') {
    const { clientId, source } = step;
    const registered = kept.at(-1);
    const secret = registered?.clientSecret ?? client.staticClient?.clientSecret;
    const method =
      registered?.tokenEndpointAuthMethod ??
      client.staticClient?.tokenEndpointAuthMethod ??
      (secret === undefined ? 'none' : 'client_secret_basic');
    const hasOddSecret = secret !== undefined && /[^\w.~-]/.test(secret);
    flow.client = { clientId, source, method, hasOddSecret };
  }
  if (step.step === 'authorize') {
    const { origin, pathname, searchParams } = step.url;
    const shown = [...searchParams].filter(([name]) => !HIDDEN.includes(name));
    const redirectUri = searchParams.get('redirect_uri') ?? '';
    flow.request = { endpoint: origin + pathname, redirectUri, parameters: Object.fromEntries(shown) };
  }
}

/** Why no sign-in can come of what the browser would be shown; `undefined` where one may. */
async function hopelessFor(url: URL, probes: FlowProbes): Promise<string | undefined> {
  const { status, redirected, hasError, isJson, isLost } = await preview(probes, url);
  if (redirected) return undefined;
  if (SHOWN.includes(status) || (status === 401 && hasError))
    return 'The authorization server shows an error instead of a sign-in.';
  if (isLost) return 'The authorization server redirects the browser, and does not say where to.';
  return isJson && status < 300
    ? 'The authorization server answers the browser with JSON instead of a page or a redirect.'
    : undefined;
}

function isAlike(one: string, other: string): boolean {
  return withoutEnd(one.toLowerCase(), '/') === withoutEnd(other.toLowerCase(), '/');
}

/** Nothing of an answer that may come from another server is kept. RFC 9207 §2.4. */
function seeArrival(flow: Flow, { url }: CallbackArrival, isIssPromised: boolean): void {
  const said = url.searchParams;
  const iss = said.get('iss') ?? undefined;
  const isForeign = iss === undefined ? isIssPromised : iss !== flow.issuer;
  const error = said.get('error');
  const description = said.get('error_description');
  flow.callback = {
    parameters: [...new Set(said.keys())],
    // A slash too much is worth showing; a stranger's name is not.
    ...(iss === undefined ? {} : { iss: isAlike(iss, flow.issuer) ? plain(iss, 500) : ANOTHER }),
    ...(error === null || isForeign ? {} : { error: plain(error, 100) }),
    ...(error === null || description === null || isForeign ? {} : { description: plain(description, 1000) }),
  };
}

/** The address the browser came back to; or, where it ended elsewhere, the address or the text of that page. */
async function takePasted(
  text: string,
  callbacks: Callbacks,
  flow: Flow,
  over: AbortController,
): Promise<void> {
  const url = /^https?:/i.test(text.trim()) ? URL.parse(text.trim()) : null;
  const own = flow.request?.redirectUri;
  const isOurs = url !== null && own !== undefined && sameEnd(url, new URL(own));
  if (isOurs) {
    await callbacks.deliver(text);
    return;
  }
  const error = url?.searchParams.get('error');
  const description = url?.searchParams.get('error_description') ?? '';
  flow.landed = url
    ? {
        url: url.origin + url.pathname,
        parameters: [...new Set(url.searchParams.keys())],
        text: error ? plain(`${error} ${description}`, 1000) : '',
      }
    : { parameters: [], text: plain(text, 2000) };
  over.abort(new Fault('sign-in.cancelled', 'The sign-in ended on another page.'));
}

/** By whatever name of this machine. */
function sameEnd(one: URL, other: URL): boolean {
  return one.port === other.port && one.pathname === other.pathname && one.protocol === other.protocol;
}
