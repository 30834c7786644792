import type { LoginEvent, ServerStatus } from '../api/contract.ts';
import { Fault } from '../base/fault.ts';
import { Feed } from '../base/feed.ts';
import type { World } from '../base/world.ts';
import { abortable } from '../bridge/backoff.ts';
import type { Authorize, ServerChannel } from '../bridge/channel.ts';
import { message } from '../bridge/scan.ts';
import { whatToConfirm } from '../oauth/authorization-endpoint.ts';
import type { Link } from '../oauth/sign-in.ts';
import type { Account } from './account.ts';
import type { Asker } from './asker.ts';
import type { Questions } from './confirmation.ts';
import { resultOf, whyRefused } from './host-answers.ts';
import { look, type Onlooker } from './onlooker.ts';
import type { BridgeSettings } from './settings.ts';

/** How long a person has for a sign-in, and for one that is looked at. Milliseconds. */
const PATIENCE = 15 * 60_000;
const LEISURE = 60 * 60_000;

const INITIALIZE = message({
  jsonrpc: '2.0',
  id: 'keybridge-login',
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'keybridge', version: '1' },
  },
});

/**
 * Signs in because somebody asks for it, and shows by an `initialize` that the server takes the token.
 * Ends after `signed-in`; throws what kept it from that. Where somebody looks on, whoever stops listening ends
 * the sign-in too, unless others wait for it.
 */
export function login(
  settings: BridgeSettings,
  account: Account,
  world: Pick<World, 'now'>,
  open: (authorize: Authorize) => ServerChannel,
  status: () => Promise<ServerStatus>,
  questions: Questions,
  onlooker?: Onlooker,
): AsyncIterable<LoginEvent> {
  const abort = new AbortController();
  const feed = new Feed<LoginEvent>(() => abort.abort(new Fault('cancelled', 'The login was ended.')));
  const asker: Asker = {
    settings,
    connectedAt: world.now(),
    explicit: true,
    signInPending: () => {},
    delayed: ({ sentence }) => feed.push({ kind: 'note', text: sentence }),
    say: text => feed.push({ kind: 'note', text }),
    onlooker,
    ...(onlooker
      ? {
          elicit: async (link: Link) => {
            // A code is entered anywhere: no tab opens for it here.
            if (link.userCode === undefined) await untilLetGo(onlooker, link, abort.signal);
            return abort.signal.aborted ? 'gone' : 'unsupported';
          },
        }
      : {}),
    confirm: async hosts => {
      if (!onlooker) {
        const text = whatToConfirm(hosts);
        return questions.ask(id => feed.push({ kind: 'confirm', id, text, hosts }), abort.signal);
      }
      await onlooker.confirm(hosts);
      return abort.signal.aborted ? undefined : true;
    },
    shown: ({ url, ...code }, opened) => feed.push({ kind: 'link', url: url.href, opened, ...code }),
  };
  let tokenNeeded = false;
  let isOver = false;
  const up = open(async (refusal, signal) => {
    const signals = AbortSignal.any(signal ? [signal, abort.signal] : [abort.signal]);
    if (refusal && onlooker) await abortable(look(onlooker, { step: 'refused', refusal }), signals);
    const token = await account.token(
      { asker, settings, patience: settings.client.authTimeout ?? (onlooker ? LEISURE : PATIENCE) },
      refusal,
      signals,
    );
    tokenNeeded ||= token !== undefined;
    const grant = onlooker && token !== undefined ? await account.grant(settings) : undefined;
    if (grant) await abortable(look(onlooker, { step: 'granted', grant }), signals);
    return token;
  });
  abort.signal.addEventListener('abort', () => {
    if (onlooker && !isOver) void callOff();
    void up.close();
  });
  const callOff = async () => {
    const { pending } = account;
    pending?.abandon(asker);
    await pending?.outcome.catch(() => {});
    // Whoever calls it off knows why it failed.
    if (account.failure?.fault.code === 'sign-in.cancelled') account.acted();
  };
  void (async () => {
    await up.send(INITIALIZE);
    for await (const each of up.messages) {
      if (each.kind !== 'response' || each.id !== INITIALIZE.id) continue;
      if (!resultOf(each)) throw whyRefused(each, new URL(settings.server));
      account.lastUse.tried(asker, null);
      feed.push({ kind: 'signed-in', server: await status(), tokenNeeded });
      return;
    }
    throw new Fault('cancelled', 'The login was ended.');
  })()
    .then(
      () => feed.end(),
      error => {
        const fault = Fault.of(error);
        if (!abort.signal.aborted) account.lastUse.tried(asker, fault);
        feed.end(fault);
      },
    )
    .finally(() => {
      isOver = true;
      account.pending?.leave(asker);
      return up.close();
    });
  return feed;
}

/** Resolves when the tab may open, or when nobody is there any more to say so. */
async function untilLetGo(onlooker: Onlooker, link: Link, gone: AbortSignal): Promise<void> {
  try {
    await abortable(onlooker.beforeBrowser(link), gone);
  } catch {
    // An onlooker that fails has no say in it.
  }
}
