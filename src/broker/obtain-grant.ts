import { Fault } from '../base/fault.ts';
import { shellWord, shownUrl } from '../base/text.ts';
import type { Refusal } from '../bridge/channel.ts';
import { confirmationOf, type SignInHosts } from '../oauth/authorization-endpoint.ts';
import type { ClientOptions } from '../oauth/client-options.ts';
import { discover, faultOf } from '../oauth/discover.ts';
import type { Grant } from '../oauth/grant.ts';
import { isClientKnown } from '../oauth/known-client.ts';
import { namedEndpoint } from '../oauth/named-endpoint.ts';
import { conclusion } from '../oauth/outcome.ts';
import type { DiscoveryReport, ServerMetadata } from '../oauth/report.ts';
import { type SignInStep, signIn } from '../oauth/sign-in.ts';
import type { Span } from '../trace/event.ts';
import type { AccountHouse, Ask } from './account.ts';
import { openCallbackPlace } from './callback-place.ts';
import type { Facts } from './facts.ts';
import type { Grants } from './grants.ts';
import type { Sight } from './onlooker.ts';
import type { BridgeSettings, Target } from './settings.ts';

export interface ObtainRequest {
  target: Target;
  ask: Ask;
  refusal: Refusal;
  /** Scopes of the grant there is, kept by a step-up; `undefined` where nothing is granted. */
  held: readonly string[] | undefined;
  grants: Grants;
  span: Span;
  signal: AbortSignal;
  /** Told what happens; there is a link after `authorize`, and another one when a client had to be registered anew. */
  see(sight: Sight): Promise<void>;
  /** Resolves once somebody has said that these belong together. */
  confirm(hosts: SignInHosts): Promise<void>;
}

/**
 * From a refusal to a grant that is kept: discovery, then one flow, and a second one where the server turns
 * out not to know the client any more. Throws what these throw, and `registration.mismatch`.
 */
export async function obtainGrant(request: ObtainRequest, house: AccountHouse): Promise<Grant> {
  const { target, grants, span } = request;
  const { settings } = request.ask;
  const { client: options } = settings;
  await request.see({ step: 'discovering', span: span.id });
  const report = await reportOf(request, house);
  await request.see({ step: 'discovered', report });
  if (!report.chosen) throw faultOf(report);
  const { issuer } = report.chosen;
  if (options.tokenEndpoint === undefined) {
    await checkStaticClient(target, settings, issuer, house.facts);
    await house.facts.rememberIssuer(target, issuer);
  }
  const isRenewed = grants.takeLostClient(issuer);
  for (let round = 1; ; round++) {
    const used: { client?: Extract<SignInStep, { step: 'registered' }> } = {};
    try {
      const known = (await grants.registrations(issuer)).map(({ clientId }) => clientId);
      return await oneFlow(request, house, report, step => {
        if (step.step === 'registered') used.client = step;
        const { clientId, source } = used.client ?? {};
        // A grant that is alive shows that its client is known.
        if (request.held) return false;
        return source === 'dynamic' && clientId !== undefined && known.includes(clientId);
      });
    } catch (error) {
      const fault = Fault.of(error, 'sign-in.failed');
      if (fault.code !== 'registration.stale' || !used.client) throw fault;
      await grants.dropRegistration(issuer, used.client.clientId);
      if (used.client.source !== 'dynamic') throw withoutRegistering(fault, used.client.source);
      // A client registered since the last grant was lost is the one new client of this start.
      if (round > 1 || isRenewed) throw fault;
      span.note('The server does not know this client any more; registering anew.');
    }
  }
}

async function reportOf(request: ObtainRequest, house: AccountHouse): Promise<DiscoveryReport> {
  const { target, refusal, span, signal } = request;
  const { client: options, network, headers } = request.ask.settings;
  const server = new URL(target.server);
  if (options.tokenEndpoint !== undefined) {
    const report = namedEndpoint(server, options.tokenEndpoint, refusal.challenges, options);
    span.note(conclusion(report));
    return report;
  }
  return discover(server, span, {
    refusal,
    network,
    allowHttp: options.allowHttp ?? false,
    ...(options.allowPrivate ? { reach: 'any' as const } : {}),
    headers,
    prefer: each => canServe(each, options) && canRegister(each, options),
    withoutPage: options.grant !== undefined,
    signal,
    sleep: house.world.sleep,
  });
}

/** A client that the user named is not registered anew, so signing in again would not help. */
function withoutRegistering(fault: Fault, source: 'static' | 'metadata-document'): Fault {
  return new Fault(fault.code, fault.message, {
    cause: fault,
    remedy:
      source === 'static'
        ? 'Check the client id and the secret given with --static-oauth-client-info.'
        : 'Check the document given with --client-metadata-url, and that the server can read it.',
  });
}

/** `isDoubtful`: whether the client is one of an earlier flow. Throws `registration.stale` where it is lost. */
async function oneFlow(
  { target, ask, held, grants, span, signal, see, confirm }: ObtainRequest,
  { world, callbacks, facts, turns }: AccountHouse,
  report: DiscoveryReport,
  isDoubtful: (step: SignInStep) => boolean,
): Promise<Grant> {
  const { asker, settings } = ask;
  const { network } = settings;
  const options = { ...settings.client, network };
  const over = new AbortController();
  if (options.callback?.derived)
    span.note(
      `The callback port ${options.callback.port} is the one mcp-remote derives from this command line.`,
    );
  const flow = signIn(
    {
      server: new URL(target.server),
      profile: target.profile,
      report,
      options,
      held: held ?? [],
      callbacks,
      registrations: grants,
      turns,
      openCallback: () =>
        turns.run('callback', () =>
          openCallbackPlace(options, callbacks, facts, world, text => asker.say(text)),
        ),
      reach: report.reach,
      before: asking => see({ step: 'asking', ...asking }),
      // Once for each server: what was confirmed is remembered, as long as all three names stay what they were.
      confirm: async hosts => {
        const names = confirmationOf(hosts);
        if (await facts.isConfirmed(target, names)) return;
        await confirm(hosts);
        await facts.rememberConfirmed(target, names);
      },
    },
    world,
    span,
    AbortSignal.any([signal, over.signal]),
  );
  try {
    let next = await flow.next();
    while (!next.done) {
      const step = next.value;
      if (isDoubtful(step) && step.step === 'authorize' && step.userCode === undefined) {
        const reach = { span, network, reach: report.reach, signal };
        if (!(await isClientKnown(step.url, reach, world.sleep)))
          throw new Fault('registration.stale', 'The server refuses the client registered here before.');
      }
      await see(step);
      next = await flow.next();
    }
    const { grant, registration } = next.value;
    if (grant.sendsIdToken && grant.unsentAccessToken === undefined)
      asker.say('No ID token came with the sign-in, so the access token is sent in spite of --use-id-token.');
    await grants.keep(grant, registration, settings);
    return grant;
  } finally {
    // A flow that is left in the middle waits for a browser no more.
    over.abort(new Fault('sign-in.cancelled', 'The sign-in is over.'));
  }
}

/** Credentials registered with one server must never be shown to another. MCP, Authorization Server Binding. */
async function checkStaticClient(
  target: Target,
  { client: { staticClient } }: BridgeSettings,
  issuer: string,
  facts: Facts,
): Promise<void> {
  if (!staticClient) return;
  const before = await facts.staticIssuer(target, staticClient.clientId);
  if (before === undefined || before === issuer) return;
  throw new Fault(
    'registration.mismatch',
    `The client id you gave was used with ${before}, and ${new URL(target.server).host} now names ${issuer}.`,
    {
      remedy: `If that is right: keybridge forget ${shellWord(shownUrl(target.server))}, then sign in again.`,
    },
  );
}

/** Whether it offers the way to a grant that the user wants. */
function canServe(server: ServerMetadata, { grant }: ClientOptions): boolean {
  return grant !== 'device-code' || server.deviceAuthorizationEndpoint !== undefined;
}

/** Whether there is a way to become a client there without asking anybody. */
function canRegister(server: ServerMetadata, options: ClientOptions): boolean {
  return (
    options.staticClient !== undefined ||
    server.registrationEndpoint !== undefined ||
    (options.clientMetadataUrl !== undefined && server.clientIdMetadataDocumentSupported)
  );
}
