import { asString, asStrings } from '../../../base/json.ts';
import type { Check, Sighting } from '../../check.ts';
import { idsOf, published } from '../../doors.ts';
import { rfc, thread } from '../../references.ts';
import type { Answer, View } from '../../view.ts';

export const check: Check = {
  code: 'ASM-18',
  name: 'auth-methods-lie',
  severity: 'broken',
  references: [
    rfc(8414, '2'),
    rfc(6749, '5.2'),
    thread('archestra-ai/archestra', 7977),
    thread('open-webui/open-webui', 19193),
  ],
  *find(view) {
    for (const { issuer, door, document } of published(view)) {
      const told = asStrings(document.token_endpoint_auth_methods_supported);
      if (told?.length === 0) {
        yield {
          title: `${issuer} lists no way for clients to authenticate at its token endpoint: the list is empty.`,
          detail: 'Some clients then take the default, client_secret_basic, and others give up.',
          remedy: 'List the methods there are, "none" among them for programs on people’s machines.',
          evidence: idsOf(door),
          severity: 'fragile',
        };
        continue;
      }
      // Without the field it is client_secret_basic alone, RFC 8414 §2; hardly anybody means that.
      if (told) yield* tried(view, issuer, told);
    }
  },
};

/** What `--active` shows: how a client was registered, and what the token endpoint then says to it. */
function* tried(view: View, issuer: string, told: readonly string[]): Iterable<Sighting> {
  const listed = `${issuer} lists ${told.join(', ')}`;
  const registered = view
    .answers('registration')
    .filter(({ probe, status, json }) => probe.about === issuer && status < 300 && json?.client_id);
  const stray = registered.find(each => !told.includes(methodOf(each) ?? told[0] ?? ''));
  if (stray) {
    yield {
      title: `${listed}, and registers a client with ${methodOf(stray)}.`,
      detail:
        'The registration is what counts, so clients that follow the list use a method the server does not expect of them.',
      remedy: 'Have token_endpoint_auth_methods_supported and the registration agree.',
      evidence: [stray.id],
      severity: 'fragile',
    };
  }
  const asked = view.answer('token-without-code', issuer);
  const client = registered.find(each => asked && clientOf(asked) === each.json?.client_id);
  if (!asked || !client || methodOf(client) !== 'none' || !told.includes('none')) return;
  if (asString(asked.json?.error) !== 'invalid_client') return;
  yield {
    title: `${listed}, registers a client with "none", and refuses it at ${asked.probe.url}: invalid_client.`,
    detail:
      'A client without a secret is promised and then not taken. Programs on people’s machines have none to show.',
    remedy:
      'Let clients registered with "none" redeem codes with PKCE alone, or take "none" out of the list.',
    evidence: [client.id, asked.id],
  };
}

function methodOf({ json }: Answer): string | undefined {
  return asString(json?.token_endpoint_auth_method);
}

/** The client a token request was made for. */
function clientOf({ exchange }: Answer): string | null {
  return new URLSearchParams(exchange.request.body?.text ?? '').get('client_id');
}
