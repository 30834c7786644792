/** Characters of certificates, which are a few thousand each. */
const LONGEST = 512 * 1024;

/** A certificate up to its end, with what may stand before it. One at a time, or white space could be read in many ways. */
const BLOCK = /^[^-]*-----BEGIN CERTIFICATE-----[A-Za-z\d+/=\s]+$/;

function areBlocks(text: string): boolean {
  const blocks = text.split('-----END CERTIFICATE-----');
  const behind = blocks.pop();
  return blocks.length > 0 && behind?.trim() === '' && blocks.every(each => BLOCK.test(each));
}

/** Why a text is no certificates in PEM (RFC 7468), as a sentence; `undefined` when it is. */
export function certificatesProblem(text: string): string | undefined {
  if (/PRIVATE KEY/.test(text)) return 'There is a private key in this text. Paste the certificates only.';
  if (text.length > LONGEST || !areBlocks(text))
    return 'These are no certificates in PEM, which begin with -----BEGIN CERTIFICATE-----.';
  return undefined;
}
