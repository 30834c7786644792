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

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
};

/** Where what is begun so ends, comments and elements nobody sees the inside of. */
const HIDDEN = /<(?:(!--)|(script|style|noscript|template|svg)\b)/gi;

const CLOSES: Readonly<Record<string, RegExp>> = {
  '!--': /-->/g,
  script: /<\/script/gi,
  style: /<\/style/gi,
  noscript: /<\/noscript/gi,
  template: /<\/template/gi,
  svg: /<\/svg/gi,
};

/** A page without comments and elements whose inside nobody sees; what is never closed goes to the end. */
function withoutHidden(html: string): string {
  let text = '';
  let from = 0;
  for (const { index, 1: comment, 2: name } of html.matchAll(HIDDEN)) {
    if (index < from) continue;
    text += `${html.slice(from, index)} `;
    const close = CLOSES[comment ?? name?.toLowerCase() ?? ''] as RegExp;
    close.lastIndex = index;
    const end = close.exec(html);
    if (!end) return text;
    // The rest of a closing tag is a tag like others.
    from = comment ? close.lastIndex : end.index;
  }
  return text + html.slice(from);
}

/** A page as its readers see it: without markup, scripts, styles and comments. Takes linear time. */
export function visibleText(html: string): string {
  return withoutHidden(html)
    .replace(/<[^>]*(?:>|$)/g, ' ')
    .replace(/&(?:#(\d{1,6})|#x([\da-f]{1,5})|([a-z]{2,5}));/gi, (all, decimal, hex, name) => {
      const point = decimal ? Number(decimal) : hex ? Number.parseInt(hex, 16) : undefined;
      if (point !== undefined) return point > 31 && point < 0x11_0000 ? String.fromCodePoint(point) : ' ';
      return ENTITIES[String(name).toLowerCase()] ?? all;
    })
    .replace(/\s+/g, ' ')
    .trim();
}
