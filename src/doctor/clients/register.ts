import { asString, asStrings, type JsonObject } from '../../base/json.ts';
import { isLoopbackHost } from '../../base/text.ts';
import type { Client } from '../../checks/client.ts';
import type { End, Notes } from './notes.ts';

/** How it ends for a client that found metadata it can use: with a client id and endpoints it will use, or not. */
export function register(client: Client, json: JsonObject, server: URL, notes: Notes): End {
  return endpoints(client, json, notes) ?? becomeClient(client, json, server, notes);
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

function becomeClient({ registration }: Client, json: JsonObject, server: URL, notes: Notes): End {
  const issuer = asString(json.issuer) ?? asString(json.authorization_endpoint) ?? '';
  const through: End = { result: 'through', reason: `to a sign-in at ${issuer}.` };
  const takesDocuments = json.client_id_metadata_document_supported === true;
  const canRegister = asString(json.registration_endpoint) !== undefined;
  if (registration === 'unknown') {
    notes.doubt('how it becomes a client of an authorization server');
    return through;
  }
  const { dynamic, document, byHand } = registration.is;
  if (canRegister && dynamic) return through;
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
  if (dynamic === 'guessed') {
    notes.stray('ASM-12');
    return {
      result: 'guesses',
      reason: `${new URL('/register', server).href}, where nobody said it can register.`,
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
