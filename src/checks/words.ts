import { asString, isObject, type JsonObject, parseJson } from '../base/json.ts';
import { plain } from '../base/text.ts';
import { visibleText } from './markup.ts';
import type { Answer } from './view.ts';

/** Characters of a body that are looked at for words. */
const LONGEST = 20_000;
/** Characters of what is quoted. */
const QUOTED = 300;

/** Members in which services say what is wrong: RFC 6749 §5.2, RFC 9457 §3.1, JSON-RPC 2.0 §5.1, and what others use. */
const TELLING = [
  'error',
  'error_code',
  'errorCode',
  'error_description',
  'errorMessage',
  'message',
  'msg',
  'title',
  'detail',
  'details',
  'reason',
  'description',
  'errors',
  'data',
] as const;

/** What a JSON document says to be wrong, its error members first; empty where it says nothing. */
function errorWords(json: JsonObject): string {
  const said: string[] = [];
  const add = (value: unknown, depth: number): void => {
    const text = typeof value === 'number' ? String(value) : asString(value);
    if (text !== undefined && text !== '' && !said.includes(text)) said.push(text);
    if (depth > 2 || said.length > 8) return;
    if (Array.isArray(value)) for (const each of value.slice(0, 4)) add(each, depth + 1);
    else if (isObject(value)) for (const name of TELLING) add(value[name], depth + 1);
  };
  for (const name of TELLING) add(json[name], 0);
  return said.join(': ');
}

/** The JSON-RPC response of an answer, or whatever JSON it is; out of an event stream the first response. */
export function messageOf(answer: Answer): JsonObject | undefined {
  return answer.json ?? responseIn(answer.text);
}

/**
 * The response to the JSON-RPC request that an answer is to, as clients read it: of another content type, or with
 * another id, there is none. Streamable HTTP, "Sending Messages to the Server".
 */
export function responseOf(answer: Answer): JsonObject | undefined {
  const { mediaType, exchange, status } = answer;
  const isJson = !mediaType || mediaType === 'application/json' || mediaType.endsWith('+json');
  const message =
    mediaType === 'text/event-stream' ? responseIn(answer.text) : isJson ? answer.json : undefined;
  const asked = parseJson(exchange.request.body?.text ?? '');
  const isIts = isObject(asked) && asked.id === message?.id;
  const hasBody = mediaType === 'text/event-stream' || (status !== 202 && status !== 204);
  return message && isIts && status >= 200 && status < 300 && hasBody ? message : undefined;
}

/** The first JSON-RPC response in the text of an event stream. Data of several lines is one text. */
export function responseIn(stream: string): JsonObject | undefined {
  for (const event of stream.split(/\r?\n\r?\n/)) {
    const data = event.split(/\r?\n/).flatMap(line => (line.startsWith('data:') ? [line.slice(5)] : []));
    const message = data.length > 0 ? parseJson(data.join('\n')) : undefined;
    if (isObject(message) && (message.result !== undefined || message.error !== undefined)) return message;
  }
  return undefined;
}

/** What an answer says in its server's own words, made plain and short: its challenge, its JSON, its page, its text. */
function wordsOf(answer: Answer): string {
  const { params } = answer.bearer ?? {};
  const challenge = [params?.error, params?.error_description].filter(each => each).join(': ');
  const message = messageOf(answer);
  const beginning = answer.text.slice(0, LONGEST);
  const body = message
    ? errorWords(message) || answer.text
    : answer.isHtml
      ? visibleText(beginning)
      : beginning;
  const isSame = challenge !== '' && body.includes(challenge);
  return plain([isSame ? '' : challenge, body].filter(each => each !== '').join(' – '), QUOTED);
}

/** The same as a sentence, with a space before it; a sentence too where it says nothing. */
export function saying(answer: Answer): string {
  const words = wordsOf(answer);
  if (words !== '') return ` It says: "${words}"`;
  return answer.status === 0 ? '' : ' It says nothing of why.';
}
