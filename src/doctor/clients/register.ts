import { asString, asStrings, type JsonObject } from '../../base/json.ts';
import { isLoopbackHost } from '../../base/text.ts';
import type { Client } from '../../checks/client.ts';
import { CLIENT_SHAPES, misshapen } from '../../checks/shapes.ts';
import { isUsable } from '../../checks/trials.ts';
import type { Answer, View } from '../../checks/view.ts';
import type { End, Notes } from './notes.ts';
import { isMisshapen } from './server.ts';

/** How it ends for a client that found metadata it can use: with a client id and endpoints it will use, or not. */
export function register(client: Client, json: JsonObject, view: View, notes: Notes): End {
  return endpoints(client, json, notes) ?? becomeClient(client, json, view, notes);
}

/** Endpoints in plain http. */
function endpoints({ httpEndpoints }: Client, json: JsonObject, notes: Notes): End | undefined {
  const plain = ['token_endpoint', 'authorization_endpoint'].find(name => {
    const url = URL.parse(asString(json[name]) ?? '');
    return url?.protocol === 'http:' && !isLoopbackHost(url.hostname);
  });
  if (plain === undefined) return undefined;
  const rule = notes.know(httpEndpoints, 'accepted', 'whether it uses endpoints in plain http');
  if (rule === 'accepted' || (rule === 'refused-at-token' && plain !== 'token_endpoint')) return undefined;
  notes.cite(httpEndpoints);
  const where = rule === 'refused' ? 'at the metadata of the authorization server' : 'after the sign-in';
  return {
    result: 'stops',
    reason: `${where}: ${plain} is plain http.`,
    code: plain === 'token_endpoint' ? 'TOK-19' : 'ASM-08',
  };
}

/** The first of the trial registrations at an endpoint, where none was taken; only `--active` makes any. */
function refusedTrial(endpoint: string, view: View): Answer | undefined {
  const trials = view
    .answers('registration')
    .filter(({ probe, status }) => probe.url === endpoint && status > 0);
  return trials.some(isUsable) ? undefined : trials[0];
}

/** The client that a trial registration brought, where this client could not read it. */
function misread(client: Client, endpoint: string, view: View, notes: Notes): End | undefined {
  const [taken] = view.answers('registration').filter(each => each.probe.url === endpoint && isUsable(each));
  if (!taken?.json || !isMisshapen(client, taken.json, CLIENT_SHAPES, notes)) return undefined;
  const [wrong = ''] = misshapen(taken.json, CLIENT_SHAPES);
  const verdict = `${taken.status}: cannot read the answer`;
  notes.steps.push({ url: taken.url, because: 'registration', verdict, exchange: taken.id });
  return { result: 'stops', reason: `at the registration: it cannot read the answer, in which ${wrong}.` };
}

function atRefusal({ url, status, id }: Answer, byHand: 'asks' | 'setting' | 'unknown', notes: Notes): End {
  notes.steps.push({ url, because: 'registration', verdict: `${status}: brings no client`, exchange: id });
  if (byHand === 'asks')
    return {
      result: 'unknown',
      reason: 'It is not known whether it asks for a client ID where registration is refused.',
    };
  const code =
    status === 401 || status === 403 ? 'REG-09' : status >= 400 && status < 500 ? 'ASM-13' : undefined;
  return { result: 'stops', reason: `at the registration: it brings no client (${status}).`, code };
}

function becomeClient(client: Client, json: JsonObject, view: View, notes: Notes): End {
  const { registration } = client;
  const issuer = asString(json.issuer) ?? asString(json.authorization_endpoint) ?? '';
  const through: End = { result: 'through', reason: `to a sign-in at ${issuer}.` };
  const takesDocuments = json.client_id_metadata_document_supported === true;
  const { chosen } = view.examination.discovery ?? {};
  // What Keybridge makes of the member need not be worked out: it did it.
  const isOwn = client.name === 'keybridge' && chosen?.raw === json;
  const endpoint = isOwn ? chosen?.registrationEndpoint : asString(json.registration_endpoint);
  const canRegister = endpoint !== undefined;
  if (registration === 'unknown') {
    notes.doubt('how it becomes a client of an authorization server');
    return through;
  }
  const { dynamic, document, byHand } = registration.is;
  const refused = dynamic && endpoint !== undefined ? refusedTrial(endpoint, view) : undefined;
  if (canRegister && dynamic && !refused) return misread(client, endpoint, view, notes) ?? through;
  if (takesDocuments) {
    if (document === 'always') return through;
    const listsNone = asStrings(json.token_endpoint_auth_methods_supported)?.includes('none');
    if (document === 'with-none' && listsNone) return through;
    if (document === 'unknown') {
      notes.doubt('whether it has a client ID metadata document');
      return through;
    }
  }
  notes.cite(registration);
  if (refused) return atRefusal(refused, byHand, notes);
  if (dynamic === 'guessed') {
    notes.stray('ASM-12');
    return {
      result: 'guesses',
      reason: `${new URL('/register', view.target).href}, where nobody said it can register.`,
    };
  }
  if (byHand === 'asks')
    return { result: 'through', reason: `to a sign-in at ${issuer}, once the user has entered a client ID.` };
  const unless =
    takesDocuments && document === 'if-configured'
      ? 'a client ID or a metadata document of its own'
      : 'a client ID';
  return {
    result: 'stops',
    reason: `at the registration: there is none, and it needs to be given ${unless}.`,
    code: 'ASM-12',
  };
}
