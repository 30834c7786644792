import { asString, asStrings, isObject, type JsonObject, parseJson } from '../base/json.ts';
import { plain, quoted as quote } from '../base/text.ts';
import type { Answer, View } from './view.ts';

/** One registration that was tried: what was asked for and what came of it. */
export interface Trial {
  answer: Answer;
  issuer: string;
  asked: JsonObject;
  isTaken: boolean;
  /** Refused as RFC 7591 §3.2.2 has it, or at least with a status that says so. */
  isRefused: boolean;
  /** The error and its description, as one text. */
  said: string;
}

/** Whether a registration brought a client that can be used. RFC 7591 §3.2.1. */
export function isUsable({ status, json }: Answer): boolean {
  return status >= 200 && status < 300 && (asString(json?.client_id) ?? '') !== '';
}

/** The registrations tried, in order, without those that came to nothing for other reasons. */
export function trialsOf(
  view: View,
  kind: 'registration' | 'registration-dangerous' = 'registration',
): Trial[] {
  return view.answers(kind).flatMap(answer => {
    const asked = parseJson(answer.exchange.request.body?.text ?? '');
    if (!isObject(asked) || answer.status === 0) return [];
    const { status, json } = answer;
    const isTaken = isUsable(answer);
    const isRefused = [400, 422].includes(status);
    const said = [json?.error, json?.error_description, json?.message].flatMap(each => asString(each) ?? []);
    const text = said.length > 0 ? said.join(': ') : answer.isHtml ? '' : answer.text.slice(0, 300);
    return [{ answer, issuer: answer.probe.about ?? '', asked, isTaken, isRefused, said: text }];
  });
}

/** The trial that asks for what native clients ask for: the first of its issuer. */
export function plainTrial(trials: readonly Trial[], issuer: string): Trial | undefined {
  return trials.find(each => each.issuer === issuer);
}

/**
 * Trials that were refused while the plain one was taken, and differ from it in one member only: without it, or
 * with another value.
 */
export function refusedBecauseOf(trials: readonly Trial[], member: string): Trial[] {
  return trials.filter(trial => {
    const plain = plainTrial(trials, trial.issuer);
    if (!plain?.isTaken || !trial.isRefused) return false;
    const names = new Set([...Object.keys(plain.asked), ...Object.keys(trial.asked)]);
    const differing = [...names].filter(
      name => JSON.stringify(plain.asked[name]) !== JSON.stringify(trial.asked[name]),
    );
    return differing.length === 1 && differing[0] === member;
  });
}

/** The redirect URIs a trial asked for. */
export function redirectUris({ asked }: Trial): string[] {
  return asStrings(asked.redirect_uris) ?? [];
}

/** What a server said, as a quotation for a sentence; nothing where it said nothing. */
export function quoted(text: string): string {
  return plain(text) === '' ? '' : ` It says: ${quote(text)}`;
}
