/** A piece this long of a secret is still one. */
const PIECE = 24;

/** Where base64 stands depends on what is before it: the whole groups of each alignment. */
function groups(bytes: Buffer): Buffer[] {
  return [0, 1, 2].map(skip => {
    const rest = bytes.subarray(skip);
    return rest.subarray(0, rest.length - (rest.length % 3));
  });
}

/** Every spelling in which a value might be written down. */
function spellings(value: string): Set<string> {
  const bytes = Buffer.from(value);
  const percent = value.replace(/[^A-Za-z\d]/gu, character =>
    [...Buffer.from(character)].map(byte => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
  return new Set([
    value,
    // A token cut short: its last part differs from all others.
    ...(value.length > 2 * PIECE ? [value.slice(-PIECE), value.slice(-2 * PIECE, -PIECE)] : []),
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value),
    new URLSearchParams({ value }).toString().slice('value='.length),
    percent,
    percent.replace(/%../g, each => each.toLowerCase()),
    bytes.toString('hex'),
    ...groups(bytes).flatMap(group => [group.toString('base64'), group.toString('base64url')]),
  ]);
}

/**
 * The names of the places a secret is found in, as it is, URL-encoded, in base64, in hex or in part. The
 * secrets themselves are in no answer.
 */
export function leaks(secrets: Iterable<string>, places: Readonly<Record<string, string>>): string[] {
  const found = new Set<string>();
  for (const secret of secrets) {
    for (const spelling of spellings(secret)) {
      for (const [name, text] of Object.entries(places)) if (text.includes(spelling)) found.add(name);
    }
  }
  return [...found].sort();
}
