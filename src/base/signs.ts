/** A text sign by sign; what cannot be seen is spelled out, so that it can be. */
export function visible(text: string): string[] {
  return Array.from(text, sign =>
    /[\p{C}\p{Z}\u2028\u2029]/u.test(sign) && sign !== ' '
      ? `\\u{${sign.codePointAt(0)?.toString(16)}}`
      : sign === ' '
        ? '␠'
        : sign,
  );
}
