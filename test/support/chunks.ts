import fc from 'fast-check';

/** Bytes, and places to cut them at, wherever those fall. */
export const cutBytes = (pieces: readonly string[]) =>
  fc.tuple(
    fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc
        .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: 'binary', maxLength: 4 })), {
          maxLength: 40,
        })
        .map(parts => new TextEncoder().encode(parts.join(''))),
    ),
    fc.array(fc.nat(), { maxLength: 20 }),
  );

/** The bytes cut at these places. */
export function cut(bytes: Uint8Array, at: readonly number[]): Uint8Array[] {
  const places = [0, ...at.map(place => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
}
