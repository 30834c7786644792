/** Characters of certificates, which are a few thousand each. */
const LONGEST = 512 * 1024;

const BLOCKS = /^(?:[^-]*-----BEGIN CERTIFICATE-----[A-Za-z\d+/=\s]+-----END CERTIFICATE-----\s*)+$/;

/** Why a text is no certificates in PEM (RFC 7468), as a sentence; `undefined` when it is. */
export function certificatesProblem(text: string): string | undefined {
  if (/PRIVATE KEY/.test(text)) return 'There is a private key in this text. Paste the certificates only.';
  if (text.length > LONGEST || !BLOCKS.test(text))
    return 'These are no certificates in PEM, which begin with -----BEGIN CERTIFICATE-----.';
  return undefined;
}
