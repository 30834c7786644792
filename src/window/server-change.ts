import type { ServerChange } from '../api/window.ts';
import { Fault } from '../base/fault.ts';
import type { JsonObject } from '../base/json.ts';
import { plain } from '../base/text.ts';
import { certificatesProblem } from './certificates.ts';
import { CLIENT_SECRET, type ListedServer, named, type Values } from './listed.ts';

/** Characters of a text field, and of certificates. */
const LONGEST = 8_192;
const MOST_SCOPES = 200;

type Entry = { listed: ListedServer; values: Values };

/**
 * A server of the list with what a person has changed. What a command line would not take either is left to
 * the reading of it. Throws `usage.flag`, with the field's name in `data.field`; no fault repeats a secret.
 */
export function applyChange({ listed, values }: Entry, change: ServerChange): Entry {
  for (const [field, value] of Object.entries(change)) {
    if (typeof value === 'string' && field !== 'extraCa' && value.length > LONGEST) {
      throw wrong(field, 'This is too long.');
    }
  }
  const next: Record<string, unknown> = { ...listed };
  const own: Record<string, string> = { ...values };
  const plainly = ['name', 'resource', 'clientId', 'clientMetadataUrl', 'preset'] as const;
  for (const field of plainly) {
    const value = change[field];
    if (value === null) delete next[field];
    else if (value !== undefined) next[field] = field === 'name' ? plain(value, 80) : value.trim();
  }
  for (const field of ['assumePkce', 'allowPrivate', 'allowHttp', 'transport'] as const) {
    if (change[field] !== undefined) next[field] = change[field];
  }
  if (next.name === '') delete next.name;
  if (next.clientId === '') delete next.clientId;
  changeScopes(next, listed.clientMetadata, change.scopes);
  changeCertificates(next, change.extraCa);
  changeSecret(next, own, change.clientSecret);
  if (change.headers) changeHeaders(next, own, listed, change.headers);
  const changed = next as unknown as ListedServer;
  const isFixed = (each: ListedServer) => each.clientId !== undefined || each.clientMetadataUrl !== undefined;
  // The port belongs to the client that was registered for it.
  if (isFixed(listed) && !isFixed(changed)) delete changed.callbackPort;
  return { listed: changed, values: own };
}

function changeScopes(
  next: Record<string, unknown>,
  metadata: JsonObject | undefined,
  scopes: ServerChange['scopes'],
): void {
  if (scopes === undefined) return;
  const asked = (scopes ?? []).map(each => each.trim()).filter(each => each !== '');
  // RFC 6749 §3.3.
  if (asked.some(each => !/^[\x21\x23-\x5b\x5d-\x7e]{1,500}$/.test(each)) || asked.length > MOST_SCOPES) {
    throw wrong('scopes', 'A scope has no spaces, quotation marks or letters beyond ASCII (RFC 6749 §3.3).');
  }
  const { scope: _before, ...others } = metadata ?? {};
  const all = asked.length === 0 ? others : { ...metadata, scope: asked.join(' ') };
  if (Object.keys(all).length === 0) delete next.clientMetadata;
  else next.clientMetadata = all;
}

function changeCertificates(next: Record<string, unknown>, pem: string | null | undefined): void {
  if (pem === undefined) return;
  const text = pem?.trim() ?? '';
  if (text === '') {
    delete next.extraCa;
    return;
  }
  const problem = certificatesProblem(text);
  if (problem !== undefined) throw wrong('extraCa', problem);
  next.extraCa = text;
}

function changeSecret(
  next: Record<string, unknown>,
  values: Record<string, string>,
  secret: string | null | undefined,
): void {
  if (next.clientId === undefined) {
    if (secret) throw wrong('clientSecret', 'A client secret wants a client ID.');
    next.hasClientSecret = false;
    delete next.authMethod;
    delete values[CLIENT_SECRET];
  } else if (secret === null || secret === '') {
    next.hasClientSecret = false;
    delete values[CLIENT_SECRET];
  } else if (secret !== undefined) {
    next.hasClientSecret = true;
    values[CLIENT_SECRET] = secret;
  }
}

function changeHeaders(
  next: Record<string, unknown>,
  values: Record<string, string>,
  { headers }: ListedServer,
  change: Readonly<Record<string, string | null>>,
): void {
  const before = new Map<string, { name: string; value: string | undefined }>();
  for (const { name, variable } of headers) {
    before.set(name.toLowerCase(), { name, value: values[variable] });
    delete values[variable];
  }
  for (const [name, value] of Object.entries(change)) {
    // RFC 9110 §5.6.2 and §5.5.
    if (!/^[\w!#$%&'*+.^`|~-]{1,200}$/.test(name)) {
      throw wrong('headers', 'The name of a header has letters, digits and dashes only.');
    }
    if (value === null) {
      before.delete(name.toLowerCase());
    } else if (value.trim() === '' || value.length > LONGEST || /[^\t\P{Cc}]/u.test(value)) {
      throw wrong(
        'headers',
        `The value of header ${name} is empty, too long or has characters no header can carry.`,
      );
    } else {
      before.set(name.toLowerCase(), { name, value: value.trim() });
    }
  }
  const kept = [...before.values()];
  const all = named(kept.map(({ name }) => name));
  for (const [index, { variable }] of all.entries()) {
    const value = kept[index]?.value;
    if (value !== undefined) values[variable] = value;
  }
  next.headers = all;
}

/** The field a fault of the command line's reading is about. */
const FIELDS: Readonly<Record<string, string>> = {
  '--resource': 'resource',
  '--client-metadata-url': 'clientMetadataUrl',
  '--static-oauth-client-info': 'clientId',
  '--preset': 'preset',
  '--transport': 'transport',
  '--header': 'headers',
};

/** The same fault with the name of the field it is about. */
export function ofField(error: unknown): Fault {
  const fault = Fault.of(error);
  const [flag] = /--[\w-]+/.exec(fault.message) ?? [];
  const field = fault.code === 'usage.url' ? 'allowHttp' : FIELDS[flag ?? ''];
  return field === undefined ? fault : wrong(field, fault.message, fault);
}

function wrong(field: string, message: string, cause?: Fault): Fault {
  const remedy = cause?.remedy;
  return new Fault(cause?.code ?? 'usage.flag', message, {
    data: { field },
    ...(cause ? { cause } : {}),
    ...(remedy === undefined || remedy.includes('--help') ? {} : { remedy }),
  });
}
