import { plain } from '../../base/text.ts';
import type { ProbeKind } from '../../checks/examination.ts';
import { flawOfResult } from '../../checks/results.ts';
import { isUnknownMethod, refusesVersion } from '../../checks/rpc.ts';
import type { Answer, View } from '../../checks/view.ts';
import { messageOf, responseOf } from '../../checks/words.ts';
import type { End, Notes } from './notes.ts';

/**
 * The first call that was refused although everything before it went well. A refusal that names the scope it wants
 * is none: clients ask for that. Nor is one of `initialize` by a server of 2026-07-28, which does not know it.
 */
export function refusedCall(view: View): Answer | undefined {
  const first = view.answer('call-initialize');
  if (!first || isStepUp(first)) return undefined;
  if (!hasResult(first)) {
    const said = messageOf(first);
    const modern = view.answer('call-modern');
    const isModern = modern && hasResult(modern) && (isUnknownMethod(said) || refusesVersion(said));
    return isModern ? undefined : first;
  }
  const begun = view.answer('call-initialized');
  if (begun && (begun.status < 200 || begun.status >= 300) && !isStepUp(begun)) return begun;
  const list = view.answer('call-tools');
  // A server without tools does not know the method.
  if (!list || isStepUp(list) || hasResult(list) || isUnknownMethod(messageOf(list))) return undefined;
  return list;
}

function isStepUp({ status, bearer }: Answer): boolean {
  return status === 403 && bearer?.params.error === 'insufficient_scope' && Boolean(bearer.params.scope);
}

function hasResult(answer: Answer): boolean {
  // Of what is larger than what is read here nothing can be said against it.
  if (answer.isCut && answer.status >= 200 && answer.status < 300) return true;
  return responseOf(answer)?.result !== undefined && flawOfCall(answer) === undefined;
}

/** What hosts stumble over in the result of a call, as a sentence; `undefined` where there is nothing. */
export function flawOfCall(answer: Answer): string | undefined {
  const method = METHODS[answer.probe.kind];
  const response = responseOf(answer);
  if (method === undefined || response?.result === undefined) return undefined;
  const flaw = flawOfResult(method, response.result);
  return flaw === undefined ? undefined : `Hosts that check it refuse the result of ${method}: ${flaw}.`;
}

const METHODS: Partial<Record<ProbeKind, string>> = {
  'call-initialize': 'initialize',
  'call-tools': 'tools/list',
};

/** The authorization pages that refuse a client which was registered on trial a moment before. */
export function refusedPages(view: View): Answer[] {
  const { trials = [] } = view.examination;
  return view
    .answers('authorize-with-pkce')
    .filter(answer => trials.some(({ issuer }) => issuer === answer.probe.about) && isDeadEnd(answer));
}

/** Whether a browser that is sent there gets no further; what asks for a password, or for a browser, may go on. */
export function isDeadEnd(answer: Answer): boolean {
  const { status, json } = answer;
  if (status === 0 || status === 404 || status === 405 || status === 410 || status >= 500) return true;
  if (status === 400 || status === 422) return true;
  // A redirect that does not say where to.
  if (answer.isRedirect && answer.location === undefined) return true;
  // Neither a page nor a redirect, but what a program is to make of it.
  return json !== undefined && (status === 200 || json.error !== undefined);
}

/** How it ends for a client that would come to a sign-in, where somebody has gone there and on. */
export function goBeyond(end: End, isOwn: boolean, view: View, notes: Notes): End {
  if (end.result !== 'through' && end.result !== 'guesses') return end;
  const { flow } = view.examination;
  const refused = refusedCall(view);
  if (refused) {
    const { url, status, id, probe } = refused;
    // Keybridge notes that the server did not take it, and goes on, unless there is a session to begin.
    const hasSession = view.answer('call-initialize')?.field('mcp-session-id') !== undefined;
    const isNotice = probe.kind === 'call-initialized';
    const isFollowed = [307, 308].includes(status) && refused.location?.origin === view.target.origin;
    const isLost = hasSession && (status === 404 || isFollowed);
    if (isOwn && isNotice && !isLost) return end;
    if (!isOwn && isNotice)
      return {
        result: 'unknown',
        reason:
          'It is not known whether it goes on where the server does not take notifications/initialized.',
      };
    const what = status === 0 ? 'no answer' : String(status);
    const because = flow?.token ? 'the first calls with a token' : 'the first calls';
    notes.steps.push({ url, because, verdict: `${what}: gives up`, exchange: id });
    const said = status === 0 ? 'no answer comes' : `one is answered ${status}`;
    const code = status === 401 ? 'MCP-01' : status === 404 || status === 405 ? 'MCP-13' : undefined;
    return { result: 'stops', reason: `at ${because}: ${said}.`, code: flow?.token ? code : undefined };
  }
  const [page] = flow ? [] : refusedPages(view);
  if (page) {
    const { status, url, id } = page;
    const reason = `at the authorization page: it ${status === 0 ? 'does not answer' : `answers ${status}`}.`;
    if (!isOwn) return { result: 'unknown', reason: `It is not known how it fares ${reason}` };
    notes.steps.push({ url, because: 'the authorization page', verdict: String(status), exchange: id });
    return { result: 'stops', reason };
  }
  if (!flow?.failure || flow.failure.code === 'cancelled') return end;
  const where = flow.client ? 'the sign-in' : 'the registration';
  if (isOwn) return { result: 'stops', reason: `at ${where}: ${plain(flow.failure.message, 400)}` };
  return { result: 'unknown', reason: `It is not known how it fares at ${where}, where Keybridge failed.` };
}
