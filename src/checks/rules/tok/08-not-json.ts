import { asString } from '../../../base/json.ts';
import type { Check, Sighting } from '../../check.ts';
import { rfc } from '../../references.ts';
import type { Answer } from '../../view.ts';

/** Said by gateways, or by a server that wants to be left alone: nothing of its token endpoint. */
const NOT_ITS_OWN = [0, 429, 502, 503, 504];

export const check: Check = {
  code: 'TOK-08',
  name: 'not-json-or-200-error',
  severity: 'broken',
  references: [rfc(6749, '5.2')],
  follows: ['NET-05', 'NET-07'],
  *find(view) {
    for (const answer of view.answers('token-without-code')) {
      const sighting = judge(answer, answer.probe.about ?? '');
      if (sighting) yield sighting;
    }
  },
};

function judge(answer: Answer, issuer: string): Sighting | undefined {
  const { status, json, isHtml, isCut, mediaType, id } = answer;
  if (NOT_ITS_OWN.includes(status)) return undefined;
  const remedy =
    'Answer 400 (401 for invalid_client) with JSON: {"error": "invalid_request", "error_description": …}.';
  const where = `The token endpoint of ${issuer}`;
  if (status < 300) {
    return {
      title: `${where} answers a request without a code with status ${status}.`,
      detail: json?.error
        ? 'The error is in the body, where a client that goes by the status does not look: it takes the answer for tokens.'
        : 'A request that cannot succeed must be refused; clients cannot tell this answer from tokens.',
      remedy,
      evidence: [id],
    };
  }
  if (isCut || (json && asString(json.error) !== undefined)) return undefined;
  if (status === 404 || status === 405) {
    return {
      title: `${where} is not where the metadata says: status ${status} at ${answer.url}`,
      detail: 'Every sign-in fails at its last step, after the user has signed in.',
      remedy: 'Correct token_endpoint in the metadata, or route POST requests there.',
      evidence: [id],
    };
  }
  const what = json
    ? 'JSON without "error"'
    : isHtml
      ? 'a web page'
      : mediaType === 'application/x-www-form-urlencoded'
        ? 'a form-encoded text'
        : 'something other than JSON';
  return {
    title: `${where} refuses with ${what} (status ${status}).`,
    detail:
      'Clients read "error" out of the JSON to know what to do: sign in again, register again, or give up. Here they can only say that something went wrong.',
    remedy,
    evidence: [id],
    // The refusal is one; only the reason is lost.
    severity: 'fragile',
  };
}
