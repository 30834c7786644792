import { plain } from '../base/text.ts';
import type { Examination } from '../checks/examination.ts';
import { complaints, tokenAnswers } from '../checks/flow.ts';
import { isUnanswered } from '../checks/gate.ts';
import type { Stop, StopPlace } from '../checks/stop.ts';
import { isUsable } from '../checks/trials.ts';
import { View } from '../checks/view.ts';
import type { Exchange } from '../trace/event.ts';
import { flawOfCall, isDeadEnd, refusedCall, refusedPages } from './clients/beyond.ts';
import type { ClientWalk, WalkStep } from './clients/notes.ts';

/** Rules that say why a host cannot be reached, whatever their evidence. */
const UNREACHABLE = ['NET-01', 'NET-02', 'NET-03', 'NET-04', 'NET-15'];
/** Rules that know a refused sign-in by what was said, whoever saw it. */
const SIGN_IN = [
  ...Array.from({ length: 16 }, (_, index) => `AZ-${String(index + 1).padStart(2, '0')}`),
  ...Array.from({ length: 11 }, (_, index) => `CB-${String(index + 1).padStart(2, '0')}`),
];
/** How walks call their first step. */
const FIRST = 'the first request, nobody signed in';
const OURS = 'Keybridge';

/**
 * Everybody who was stopped in an examination: the doctor on its own way, as far as it was let go, and each client
 * that was walked. A client that never comes to this server, because it is not public, is none of them.
 */
export function stopsOf(examination: Examination, walks: readonly ClientWalk[]): Stop[] {
  const view = new View(examination);
  // Where nobody gets an answer there is one thing to say.
  if (isUnanswered(view)) return unreached(view);
  return [
    ...ofCalls(view),
    ...ofIssuer(view),
    ...walks.flatMap(walk => ofClient(walk, view)),
    ...ofRegistration(view),
    ...ofPage(view),
    ...ofTokenRequest(view),
    ...ofFlow(view),
  ];
}

const own = (place: StopPlace, exchanges: readonly string[], more: Partial<Stop> = {}): Stop => ({
  place,
  who: [OURS],
  isOwn: true,
  exchanges,
  codes: [],
  ...more,
});

function unreached(view: View): Stop[] {
  const failed = Object.values(view.examination.exchanges).filter(
    ({ request }) => URL.parse(request.url)?.host === view.target.host,
  );
  return [own('connection', failed.map(({ id }) => id).slice(0, 1), { codes: UNREACHABLE })];
}

/** An authorization server by itself: without metadata nobody gets in. */
function ofIssuer(view: View): Stop[] {
  if (view.examination.kind !== 'issuer') return [];
  return view.issuers
    .filter(issuer => view.serverDocuments(issuer).length === 0)
    .map(issuer => {
      const asked = view.finals('server-oauth', 'server-openid-inserted', 'server-openid-appended');
      return own(
        'server-metadata',
        asked.filter(({ probe }) => probe.about === issuer).map(({ id }) => id),
      );
    });
}

function ofClient({ title, client, result, reason, code, steps }: ClientWalk, view: View): Stop[] {
  if ((result !== 'stops' && result !== 'guesses') || steps.length === 0) return [];
  // The sign-in itself is told of with what was seen of it.
  if (
    client === 'keybridge' &&
    view.examination.flow?.failure &&
    /^at the (?:sign-in|registration):/.test(reason)
  )
    return [];
  const isFirst = reason.startsWith('at the first request');
  const way = steps
    .filter(({ because, exchange }) => exchange && (isFirst || because !== FIRST))
    .toReversed();
  const told = tellingSteps(reason, way);
  const ids = told.flatMap(({ exchange }) => exchange ?? []);
  const [last] = told;
  return [
    {
      place: placeOf(reason, last),
      who: [title],
      isOwn: client === 'keybridge',
      exchanges: ids,
      words: `${title} ${result === 'guesses' ? 'guesses' : 'stops'} ${reason}`,
      codes: elsewhere(reason, last, view),
      ...(code === undefined ? {} : { code }),
      ...(result === 'guesses' && client !== 'keybridge' ? { isGuess: true } : {}),
    },
  ];
}

/** The steps that show why a walk ended, the last one first: the one it ended at, or all that led astray. */
function tellingSteps(reason: string, way: readonly WalkStep[]): readonly WalkStep[] {
  const isFound = ({ verdict }: WalkStep) => /\bfound$/.test(verdict);
  const astray = way.filter(each => !isFound(each));
  const all = astray.length > 0 ? astray : way;
  // What is wrong with a document that was found shows in that document.
  if (/^at the (?:resource metadata|authorization server)\b/.test(reason))
    return way.filter(each => isFound(each) && isResource(each)).slice(0, 1);
  const isRegistration = /^at the registration\b/.test(reason) && way[0]?.because !== 'registration';
  if (isRegistration || /^at the metadata\b/.test(reason))
    return way.filter(each => !isResource(each)).slice(0, 1);
  return /^at (?:https?:|the first|the registration|the authorization page)/.test(reason)
    ? all.slice(0, 1)
    : all;
}

function isResource({ because, url }: WalkStep): boolean {
  return /oauth-protected-resource|^resource metadata/i.test(`${because} ${url}`);
}

/** Rules that may know why somebody stops at an address although they rest on what led there. */
function elsewhere(reason: string, step: WalkStep | undefined, view: View): readonly string[] {
  if (/^without having found|without metadata that says so/.test(reason))
    return ['CHL-16', 'ASM-22', 'NET-18'];
  if (step === undefined) return [];
  if (step.url === view.named) return ['CHL-03', 'CHL-04', 'CHL-13', 'NET-14'];
  const kind = view.examination.probes.find(({ exchanges }) => exchanges.includes(step.exchange ?? ''))?.kind;
  const isAstray = kind === 'server-elsewhere' || kind === 'fallback-server';
  return isAstray ? ['PRM-13', 'PRM-14', 'PRM-15', 'PRM-16', 'PRM-17', 'ASM-22'] : [];
}

function placeOf(reason: string, step: WalkStep | undefined): StopPlace {
  if (reason.startsWith('at the first request')) return 'first-request';
  if (/^at the first calls/.test(reason)) return 'call';
  if (reason.startsWith('at the authorization page')) return 'sign-in';
  if (/\bregister|registration/.test(reason) || step?.because === 'registration') return 'registration';
  return step !== undefined && isResource(step) ? 'resource-metadata' : 'server-metadata';
}

/** A trial registration that brings no client, in whatever form it was asked for. */
function ofRegistration(view: View): Stop[] {
  const tried = view.answers('registration');
  const issuers = [...new Set(tried.map(({ probe }) => probe.about))];
  return issuers.flatMap(issuer => {
    const answers = tried.filter(({ probe }) => probe.about === issuer);
    return answers.some(isUsable)
      ? []
      : [
          own(
            'registration',
            answers.slice(0, 1).map(({ id }) => id),
          ),
        ];
  });
}

/** The authorization page that refuses a client which was registered a moment before. */
function ofPage(view: View): Stop[] {
  return refusedPages(view).map(({ id }) => own('sign-in', [id]));
}

/** A token endpoint that fails where a refusal is due. */
function ofTokenRequest(view: View): Stop[] {
  return view
    .answers('token-without-code')
    .filter(({ status }) => status === 0 || status >= 500 || [403, 404, 405, 410].includes(status))
    .map(({ id }) => own('token', [id], { codes: ['TOK-08'] }));
}

/** The sign-in itself. */
function ofFlow(view: View): Stop[] {
  const { flow, exchanges } = view.examination;
  const { failure } = flow ?? {};
  if (!flow || !failure || failure.code === 'cancelled') return [];
  // Whoever declines has not been stopped.
  if (failure.code === 'sign-in.denied' && /\buser\b|\bdeclin|\bcancel/i.test(failure.message)) return [];
  const words = plain(failure.message, 400);
  const known = Object.values(exchanges);
  const last = (purpose: Exchange['purpose']) => known.findLast(each => each.purpose === purpose);
  if (!flow.client) {
    const registration = last('registration');
    if (registration) return [own('registration', [registration.id], { words })];
    // What discovery did not find is in Keybridge's own walk.
    if (!failure.code.startsWith('registration.')) return [];
    const ids = view.serverDocuments(flow.issuer).map(({ id }) => id);
    return [own('registration', ids.slice(0, 1), { words, codes: ['ASM-12'] })];
  }
  const token = tokenAnswers(view, 'token').at(-1);
  if (token) return [own('token', [token.id], { words })];
  const said = complaints(view).find(({ where }) => where === 'page' || where === 'callback');
  const [shown] = view.answers('authorize-preview');
  const seen = [...new Set([...(said?.evidence ?? []), ...(shown ? [shown.id] : [])])];
  const isUnseen = !said?.evidence.length && !(shown && isDeadEnd(shown));
  return [
    own('sign-in', seen, {
      codes: isUnseen ? SIGN_IN : [],
      words: said ? `${words} It was said: "${plain(said.text, 300)}"` : words,
    }),
  ];
}

/** The first calls, signed in or where nobody need sign in. */
function ofCalls(view: View): Stop[] {
  const refused = refusedCall(view);
  if (!refused) return [];
  // Keybridge notes it and goes on; its own walk tells where it does not.
  const isNotice = refused.probe.kind === 'call-initialized';
  const words = flawOfCall(refused);
  return [
    own('call', [refused.id], {
      ...(isNotice ? { who: [], isOwn: false } : {}),
      ...(words === undefined ? {} : { words }),
    }),
  ];
}
