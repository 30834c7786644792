/** What begins or ends something in HTML: a script or a style sheet, or any other tag. */
const SIGN = /<(script|style)\b|<\/(script|style)>|[<>]/gi;
/** How Entra ID writes its errors into the script of its page. */
const ENTRA_ERROR = /AADSTS\d{4,}[^"\\<]{0,300}/;

/**
 * A page's text without its tags, scripts and style sheets; of a script that has an error of Entra ID's in it
 * that error stays. What is never closed stays as it is. One pass, so that the time is linear whatever the page.
 */
export function withoutMarkup(page: string): string {
  const signs = [...page.matchAll(SIGN)];
  /** Where the last end of each kind is: behind it nothing of that kind is closed any more. */
  const last = new Map(signs.map(({ index, 2: name }) => [name?.toLowerCase(), index]));
  const pieces: string[] = [];
  let done = 0;
  let open: { at: number; name: string | undefined } | undefined;
  for (const { index, 0: sign, 1: begun, 2: ended } of signs) {
    const end = index + sign.length;
    if (open === undefined) {
      if (sign === '>') continue;
      const name = begun?.toLowerCase();
      open = { at: index, name: name !== undefined && (last.get(name) ?? -1) > index ? name : undefined };
      if (ended === undefined) continue;
    } else if (open.name === undefined ? !sign.endsWith('>') : ended?.toLowerCase() !== open.name) continue;
    const inside = open.name === undefined ? undefined : ENTRA_ERROR.exec(page.slice(open.at, end))?.[0];
    pieces.push(page.slice(done, open.at), inside ?? ' ');
    done = end;
    open = undefined;
  }
  pieces.push(page.slice(done));
  return pieces.join('');
}
