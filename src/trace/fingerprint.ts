/** Round constants of SHA-256: fractional parts of the cube roots of the first 64 primes. FIPS 180-4 §4.2.2. */
const K = new Uint32Array(64);
/** Initial hash value: fractional parts of the square roots of the first 8 primes. FIPS 180-4 §5.3.3. */
const H = new Uint32Array(8);
for (let candidate = 2, found = 0; found < 64; candidate++) {
  let prime = true;
  for (let divisor = 2; divisor * divisor <= candidate; divisor++) {
    if (candidate % divisor === 0) prime = false;
  }
  if (!prime) continue;
  if (found < 8) H[found] = (candidate ** 0.5 % 1) * 2 ** 32;
  K[found] = (Math.cbrt(candidate) % 1) * 2 ** 32;
  found++;
}

const rotate = (value: number, by: number): number => (value >>> by) | (value << (32 - by));

/** SHA-256, FIPS 180-4 §6.2. Here because WebCrypto's digest is asynchronous and redaction cannot wait. */
export function sha256(message: Uint8Array): Uint8Array {
  const padded = new Uint8Array(((message.length + 8) >> 6) * 64 + 64);
  padded.set(message);
  padded[message.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(message.length / 2 ** 29));
  view.setUint32(padded.length - 4, (message.length << 3) >>> 0);

  const hash = H.slice();
  const w = new Uint32Array(64);
  const at = (array: Uint32Array, index: number): number => array[index] as number;
  for (let block = 0; block < padded.length; block += 64) {
    for (let t = 0; t < 16; t++) w[t] = view.getUint32(block + t * 4);
    for (let t = 16; t < 64; t++) {
      const x = at(w, t - 15);
      const y = at(w, t - 2);
      const s0 = rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3);
      const s1 = rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10);
      w[t] = at(w, t - 16) + s0 + at(w, t - 7) + s1;
    }
    let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = hash;
    for (let t = 0; t < 64; t++) {
      const choose = (e & f) ^ (~e & g);
      const majority = (a & b) ^ (a & c) ^ (b & c);
      const one = (h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + choose + at(K, t) + at(w, t)) | 0;
      const two = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + majority) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
    }
    for (const [index, value] of [a, b, c, d, e, f, g, h].entries()) hash[index] = at(hash, index) + value;
  }

  const digest = new Uint8Array(32);
  const out = new DataView(digest.buffer);
  for (const [index, word] of hash.entries()) out.setUint32(index * 4, word);
  return digest;
}

/** HMAC-SHA256, RFC 2104. Keys longer than a block are not used here and not supported. */
export function hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
  const inner = new Uint8Array(64 + message.length).fill(0x36, 0, 64);
  const outer = new Uint8Array(64 + 32).fill(0x5c, 0, 64);
  for (const [index, byte] of key.entries()) {
    inner[index] = byte ^ 0x36;
    outer[index] = byte ^ 0x5c;
  }
  inner.set(message, 64);
  outer.set(sha256(inner), 64);
  return sha256(outer);
}

const encoder = new TextEncoder();

/** Values whose names are remembered, and characters of the longest of them. */
const MOST_KNOWN = 500;
const LONGEST_KNOWN = 8 * 1024;

/**
 * A function that names values without giving them away: six hex digits of an HMAC under a random key
 * that lives as long as the function. Equal values have equal names within one process, no further.
 */
export function createFingerprint(): (value: string) => string {
  const key = crypto.getRandomValues(new Uint8Array(32));
  /** Each request carries the same token and the same session id. */
  const known = new Map<string, string>();
  return value => {
    const earlier = known.get(value);
    if (earlier !== undefined) return earlier;
    const [a = 0, b = 0, c = 0] = hmacSha256(key, encoder.encode(value));
    const name = ((a << 16) | (b << 8) | c).toString(16).padStart(6, '0');
    if (known.size >= MOST_KNOWN) known.clear();
    if (value.length <= LONGEST_KNOWN) known.set(value, name);
    return name;
  };
}
