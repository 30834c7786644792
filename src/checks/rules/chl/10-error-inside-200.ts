import { asString, isObject, type JsonObject, parseJson } from '../../../base/json.ts';
import { quoted } from '../../../base/text.ts';
import type { Exchange } from '../../../trace/event.ts';
import type { Check } from '../../check.ts';
import { AUTHORIZATION, thread } from '../../references.ts';

const REFUSED =
  /\b(?:unauthori[sz]ed|unauthenticated|not authenticated|authentication required|invalid[_ ]token|token (?:has |is )?(?:expired|invalid)|expired (?:access )?token)\b/i;
/** Texts of tools that are longer speak of something else. */
const LONGEST = 300;

/** The JSON-RPC answers in a body, from a stream as well. */
function answers(text: string): JsonObject[] {
  const whole = parseJson(text);
  const values =
    whole === undefined ? text.split(/\r?\n/).map(line => parseJson(line.replace(/^data: ?/, ''))) : [whole];
  return values.flat().filter(isObject);
}

/** How an answer tells inside that the token was refused. */
function complaint(answer: JsonObject): { text: string; isTool: boolean } | undefined {
  const error = isObject(answer.error) ? asString(answer.error.message) : undefined;
  if (error !== undefined && REFUSED.test(error)) return { text: error, isTool: false };
  const { result } = answer;
  if (!isObject(result) || result.isError !== true || !Array.isArray(result.content)) return undefined;
  const text = result.content
    .map(each => (isObject(each) ? asString(each.text) : undefined))
    .find(each => each !== undefined && each.length <= LONGEST && REFUSED.test(each));
  return text === undefined ? undefined : { text, isTool: true };
}

function judge({ request, outcome, purpose }: Exchange) {
  if (request.method !== 'POST' || (purpose !== 'mcp' && purpose !== 'probe')) return undefined;
  if (outcome.kind !== 'answered' || outcome.status !== 200 || !outcome.body) return undefined;
  return answers(outcome.body.text).map(complaint).find(Boolean);
}

export const check: Check = {
  code: 'CHL-10',
  name: 'auth-error-inside-200',
  severity: 'broken',
  references: [AUTHORIZATION, thread('ProfessionalWiki/MediaWiki-MCP-Server', 443)],
  *find(view) {
    const found = Object.values(view.examination.exchanges).flatMap(exchange => {
      const said = judge(exchange);
      return said ? [{ ...said, id: exchange.id }] : [];
    });
    const [first] = found.sort((one, other) => Number(one.isTool) - Number(other.isTool));
    if (!first) return;
    yield {
      title: `A refusal stands inside an answer with status 200: ${quoted(first.text, 120)}`,
      detail: `Clients renew a token or sign in when the status is 401; here they cannot see that anything is wrong with the token.${first.isTool ? ' Unless the tool speaks of another service behind it, whose sign-in is the server’s own business.' : ''}`,
      remedy: 'Answer 401 with WWW-Authenticate: Bearer error="invalid_token" before anything is executed.',
      evidence: found.map(({ id }) => id),
      severity: first.isTool ? 'fragile' : 'broken',
    };
  },
};
