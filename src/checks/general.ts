import { isObject, parseJson } from '../base/json.ts';
import { plain, shownUrl } from '../base/text.ts';
import type { Check, Sighting } from './check.ts';
import type { Stop, StopPlace } from './stop.ts';
import { Answer, type View } from './view.ts';
import { saying } from './words.ts';

/** A general rule: it speaks of what stops somebody where no other rule has spoken of it. */
export interface General extends Omit<Check, 'find' | 'severity' | 'last'> {
  place: StopPlace;
  /** What stops, as the beginning of a sentence: "The first call with the token". */
  what(stop: Stop, answer: Answer | undefined, view: View): string;
  remedy(stop: Stop, answer: Answer | undefined, view: View): string;
}

/** Makes the rule. What stops Keybridge stops everybody who keeps to the specification; a few clients are a few. */
export function generalCheck({ place, what, remedy, ...rule }: General): Check {
  return {
    ...rule,
    severity: 'broken',
    find: () => [],
    last: {
      place,
      speak: (stop, view): Sighting => {
        const answer = answerTo(stop, view);
        return {
          title: `${what(stop, answer, view)}${answer ? ` ${outcome(answer)}` : ''}.`,
          detail: [
            answer ? sent(answer) : undefined,
            isPlain(answer) ? undefined : stop.words,
            whoStops(stop),
          ]
            .filter(each => each !== undefined)
            .join(' '),
          remedy: remedy(stop, answer, view),
          evidence: stop.exchanges,
          severity: stop.isOwn ? 'broken' : 'fragile',
        };
      },
    },
  };
}

function answerTo({ exchanges: [first] }: Stop, view: View): Answer | undefined {
  const exchange = first === undefined ? undefined : view.examination.exchanges[first];
  if (!exchange) return undefined;
  const probe = view.examination.probes.find(each => each.exchanges.includes(exchange.id));
  const { url } = exchange.request;
  return new Answer(probe ?? { kind: 'get', url, because: '', exchanges: [exchange.id] }, exchange);
}

/** Whether the status says enough of why somebody stops. */
function isPlain(answer: Answer | undefined): boolean {
  return answer !== undefined && answer.status >= 400;
}

/** `is answered 500`. */
function outcome(answer: Answer): string {
  const { status, failure } = answer;
  if (failure) return `gets no answer (${failure.code})`;
  if (status === 0) return 'gets no answer';
  return `is answered ${status}${status < 300 ? ', with what somebody can make nothing of' : ''}`;
}

/** What was sent, where, what came back, and the server's own words. */
function sent(answer: Answer): string {
  const { method } = answer.exchange.request;
  const { failure, status, mediaType } = answer;
  const about = subject(answer);
  const request = `Sent was ${method} ${shownUrl(answer.url)}${about === '' ? '' : ` (${about})`}`;
  if (failure) return `${request}. ${plain(failure.message, 300)}`;
  if (status === 0) return `${request}; nothing came back.`;
  return `${request}; it was answered ${status}${mediaType ? `, ${plain(mediaType, 60)}` : ''}.${saying(answer)}`;
}

/** The message or the grant in a request, in a word. */
function subject({ exchange }: Answer): string {
  const text = exchange.request.body?.text ?? '';
  const json = parseJson(text);
  const name = isObject(json) ? json.method : new URLSearchParams(text).get('grant_type');
  return typeof name === 'string' ? plain(name, 60) : '';
}

function whoStops({ who }: Stop): string | undefined {
  if (who.length === 0) return undefined;
  return `${who.length === 1 ? 'It stops' : 'They stop'} there: ${who.join(', ')}.`;
}
