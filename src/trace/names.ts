/** A field's name with case and separators taken off: `Client-Secret`, `client_secret`, `clientSecret`. */
function bare(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** Parameters and members whose values are secrets. RFC 6749, 7523, 7591, 8628, 8693, 9449. */
const EXACT = new Set([
  'assertion',
  'authorization',
  'cookie',
  'setcookie',
  'dpop',
  'usercode',
  'devicecode',
  'codeverifier',
  'clientassertion',
  'sessionid',
  'mcpsessionid',
  'sid',
  'jwt',
  'samlresponse',
  'xamzsignature',
]);

const ENDINGS = [
  'token',
  'secret',
  'password',
  'passwd',
  'passphrase',
  'apikey',
  'accesskey',
  'subscriptionkey',
  'functionskey',
  'privatekey',
  'credential',
  'authorization',
  'sessionid',
  'verifier',
];

/** Names that end like a secret's and are none; the trace is hard to read without them. */
const HARMLESS = new Set(['progresstoken', 'nextpagetoken', 'pagetoken', 'nexttoken', 'continuationtoken']);

/** Where a search for names begins: every name {@link isSecretName} or {@link isWeakName} knows has one in it. */
export const NAME_HINT =
  /token|secret|passw|passphrase|key|credential|assertion|verifier|authoriz|cookie|dpop|session|sid|jwt|saml|signature|code|state/gi;

/** Whether a parameter or a JSON member of this name carries a secret, wherever it stands. */
export function isSecretName(name: string): boolean {
  const key = bare(name);
  if (HARMLESS.has(key)) return false;
  return EXACT.has(key) || ENDINGS.some(ending => key.endsWith(ending));
}

/** OAuth's shortest names, which mean something else almost everywhere but in a URL or a form. */
export function isWeakName(name: string): boolean {
  return name === 'code' || name === 'state';
}

/** Header fields whose whole value is a secret, though their names do not end like one. */
const FIELD =
  /token|secret|passw|api-?key|authorization|credential|session-?id|signature|^dpop$|^x-auth|-key$/i;
const HARMLESS_FIELD =
  /^(?:idempotency-key|surrogate-key|sec-websocket-key|www-authenticate)$|^(?:access-control|content)-|-(?:policy|signature-input)$|ratelimit|-limit|-remaining/i;

/** Whether a header field of this name carries a secret. */
export function isSecretField(name: string): boolean {
  return FIELD.test(name) && !HARMLESS_FIELD.test(name);
}
