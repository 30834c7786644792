import { isObject } from '../../base/json.ts';
import { firstCall } from '../../checks/flow.ts';
import type { Answer, View } from '../../checks/view.ts';
import { messageOf } from '../../checks/words.ts';
import type { End, Notes } from './notes.ts';

/** JSON-RPC 2.0 §5.1: a server without tools does not know the method. */
const UNKNOWN_METHOD = -32601;

/**
 * The first call that was refused although everything before it went well. A refusal that names the scope it wants
 * is none: clients ask for that.
 */
export function refusedCall(view: View): Answer | undefined {
  const first = firstCall(view);
  if (!first || isStepUp(first)) return undefined;
  if (!hasResult(first)) return first;
  const list = view.answer('call-tools');
  if (!list || isStepUp(list) || hasResult(list)) return undefined;
  const error = messageOf(list)?.error;
  return isObject(error) && error.code === UNKNOWN_METHOD ? undefined : list;
}

function isStepUp({ status, bearer }: Answer): boolean {
  return status === 403 && bearer?.params.error === 'insufficient_scope' && Boolean(bearer.params.scope);
}

function hasResult(answer: Answer): boolean {
  return answer.status === 200 && messageOf(answer)?.result !== undefined;
}

/** How it ends for a client that would come to a sign-in, where somebody has gone there and on. */
export function goBeyond(end: End, isOwn: boolean, view: View, notes: Notes): End {
  if (end.result !== 'through' && end.result !== 'guesses') return end;
  const { flow } = view.examination;
  const refused = refusedCall(view);
  if (refused) {
    const { url, status, id } = refused;
    const what = status === 0 ? 'no answer' : String(status);
    const because = flow?.token ? 'the first call with a token' : 'the first call';
    notes.steps.push({ url, because, verdict: `${what}: gives up`, exchange: id });
    const said = status === 0 ? 'it is not answered' : `it is answered ${status}`;
    const code = status === 401 ? 'MCP-01' : status === 404 || status === 405 ? 'MCP-13' : undefined;
    return { result: 'stops', reason: `at ${because}: ${said}.`, code: flow?.token ? code : undefined };
  }
  if (!flow?.failure || flow.failure.code === 'cancelled') return end;
  const where = flow.client ? 'the sign-in' : 'the registration';
  if (isOwn) return { result: 'stops', reason: `at ${where}: ${flow.failure.message}` };
  return { result: 'unknown', reason: `It is not known how it fares at ${where}, where Keybridge failed.` };
}
