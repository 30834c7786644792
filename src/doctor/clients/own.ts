import type { JsonObject } from '../../base/json.ts';
import type { Client } from '../../checks/client.ts';
import type { Answer, View } from '../../checks/view.ts';
import { presetFor } from '../../oauth/presets.ts';
import type { Attempt, AttemptProblem } from '../../oauth/report.ts';
import { mismatchedIssuer, mismatchedResource } from './codes.ts';
import type { End, Notes } from './notes.ts';
import { begin } from './opening.ts';

const RESOURCE: Partial<Record<AttemptProblem, string>> = {
  html: 'PRM-05',
  'not-json': 'PRM-05',
  incomplete: 'PRM-13',
};
const SERVER: Partial<Record<AttemptProblem, string>> = {
  html: 'ASM-23',
  'not-json': 'ASM-23',
  incomplete: 'ASM-15',
};

/** Gateways say 403 where 401 is meant, with a challenge; Keybridge takes it for that. */
function isMeantAs401({ status, bearer }: Answer): boolean {
  return status === 403 && bearer !== undefined && bearer.params.error !== 'insufficient_scope';
}

/** Keybridge's own way: the examination went it from the refusal on, and looked whether or not there was one. */
export function ownWalk(client: Client, view: View, notes: Notes): End | { json: JsonObject } {
  const forbidden = view.refusal ? undefined : view.answers('post-initialize').find(isMeantAs401);
  const opening = forbidden ?? begin(client, view, notes);
  const isLedAway = view.refusal === undefined && view.answer('post-initialize')?.isRedirect;
  if ('result' in opening && (opening.result !== 'unknown' || isLedAway)) return opening;
  const { discovery, exchanges } = view.examination;
  if (!discovery) return { result: 'stops', reason: 'before anything was found: the pass was over.' };
  const document = ({ exchange }: Attempt) => {
    const outcome = exchange === undefined ? undefined : exchanges[exchange]?.outcome;
    return outcome?.kind === 'answered' ? outcome.body?.text : undefined;
  };
  const show = ({ url, because, exchange, status, result, detail }: Attempt): void => {
    const verdict = [status, detail ?? result].filter(each => each !== undefined).join(': ');
    notes.steps.push({ url, because, verdict, ...(exchange === undefined ? {} : { exchange }) });
  };
  for (const attempt of discovery.resourceMetadata.attempts) {
    show(attempt);
    const { problem } = attempt;
    const resource = /"resource"\s*:\s*"([^"]*)"/.exec(document(attempt) ?? '')?.[1];
    if (problem === 'resource-mismatch')
      notes.stray(mismatchedResource(URL.parse(resource ?? ''), view.target));
    else notes.stray(problem && RESOURCE[problem]);
  }
  for (const { issuer, metadata } of discovery.issuers) {
    for (const attempt of metadata.attempts) {
      show(attempt);
      const { problem } = attempt;
      const said = /"issuer"\s*:\s*"([^"]*)"/.exec(document(attempt) ?? '')?.[1];
      if (problem === 'issuer-mismatch') notes.stray(mismatchedIssuer(said ?? '', issuer));
      else if (problem === 'incomplete' && /is not https/.test(attempt.detail ?? '')) notes.stray('TOK-19');
      else notes.stray(problem && SERVER[problem]);
    }
  }
  const { chosen, path } = discovery;
  if (path === 'default-endpoints') {
    notes.stray('ASM-22');
    return { result: 'guesses', reason: `${chosen?.authorizationEndpoint}, without metadata that says so.` };
  }
  if (!chosen) return { result: 'stops', reason: 'without having found an authorization server it can use.' };
  const methods = chosen.codeChallengeMethodsSupported;
  if (methods?.includes('S256') || (!methods && presetFor(chosen.issuer)?.s256)) return { json: chosen.raw };
  return {
    result: 'stops',
    reason: 'at the metadata of the authorization server: it does not promise PKCE; --assume-pkce goes on.',
    code: methods ? 'ASM-11' : 'ASM-10',
  };
}
