import { Fault } from '../base/fault.ts';

/** Bytes of a sealing key (AES-256). */
export const KEY_BYTES = 32;

const MAGIC = new TextEncoder().encode('KBSEALED');
const VERSION = 1;
const KEY_ID_BYTES = 8;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_ID_AT = MAGIC.length + 1;
const NONCE_AT = KEY_ID_AT + KEY_ID_BYTES;
const HEADER_BYTES = NONCE_AT + NONCE_BYTES;

/** Why sealed content could not be opened: the `data.reason` of a `store.damaged` Fault. */
export type SealReason = 'damaged' | 'other-key' | 'newer-version';

/**
 * Seals bytes with AES-256-GCM (NIST SP 800-38D). The header (magic, version, key id, nonce) is
 * authenticated with the content. `random` must give 12 new bytes for each seal: a nonce used twice with
 * one key would give the content away.
 */
export async function seal(
  key: Uint8Array,
  bytes: Uint8Array,
  random: (bytes: number) => Uint8Array,
): Promise<Uint8Array> {
  const nonce = random(NONCE_BYTES);
  if (nonce.length !== NONCE_BYTES) throw new Fault('internal', 'A nonce of 12 bytes was asked for.');
  const header = new Uint8Array(HEADER_BYTES);
  header.set(MAGIC);
  header[MAGIC.length] = VERSION;
  header.set(await keyId(key), KEY_ID_AT);
  header.set(nonce, NONCE_AT);
  const sealed = await crypto.subtle.encrypt(cipher(header), await imported(key), bytes.slice());
  const file = new Uint8Array(HEADER_BYTES + sealed.byteLength);
  file.set(header);
  file.set(new Uint8Array(sealed), HEADER_BYTES);
  return file;
}

/**
 * Opens what {@link seal} made. Throws `store.damaged` for anything else, its `data.reason` a
 * {@link SealReason}: cut off or changed, made with another key, or made by a newer Keybridge.
 */
export async function open(key: Uint8Array, file: Uint8Array): Promise<Uint8Array> {
  const header = file.slice(0, HEADER_BYTES);
  if (file.length < HEADER_BYTES + TAG_BYTES || !same(header.subarray(0, MAGIC.length), MAGIC)) {
    throw refused('damaged');
  }
  if (header[MAGIC.length] !== VERSION) throw refused('newer-version');
  if (!same(header.subarray(KEY_ID_AT, NONCE_AT), await keyId(key))) throw refused('other-key');
  try {
    const content = file.slice(HEADER_BYTES);
    return new Uint8Array(await crypto.subtle.decrypt(cipher(header), await imported(key), content));
  } catch (error) {
    throw refused('damaged', error);
  }
}

/** What tells one sealed file from every other: its key's id and its nonce, which is used once. */
export function sealMark(file: Uint8Array): string {
  return new TextDecoder('latin1').decode(file.subarray(0, HEADER_BYTES));
}

const SENTENCES: Record<SealReason, string> = {
  damaged: 'The sealed file is damaged.',
  'other-key': 'The sealed file was made with another key.',
  'newer-version': 'The sealed file was made by a newer version of Keybridge.',
};

function refused(reason: SealReason, cause?: unknown): Fault {
  return new Fault('store.damaged', SENTENCES[reason], { data: { reason }, cause });
}

function cipher(header: Uint8Array<ArrayBuffer>): AesGcmParams {
  const iv = header.slice(NONCE_AT);
  return { name: 'AES-GCM', iv, additionalData: header, tagLength: TAG_BYTES * 8 };
}

async function imported(key: Uint8Array): Promise<CryptoKey> {
  if (key.length !== KEY_BYTES) throw new Fault('internal', 'A sealing key has 32 bytes.');
  return crypto.subtle.importKey('raw', key.slice(), 'AES-GCM', false, ['encrypt', 'decrypt']);
}

/** Names a key without telling it: a hash with a prefix of its own, cut to eight bytes. */
async function keyId(key: Uint8Array): Promise<Uint8Array> {
  const prefix = new TextEncoder().encode('keybridge sealed file key id\0');
  const input = new Uint8Array(prefix.length + key.length);
  input.set(prefix);
  input.set(key, prefix.length);
  return new Uint8Array(await crypto.subtle.digest('SHA-256', input)).slice(0, KEY_ID_BYTES);
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
