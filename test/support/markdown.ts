/** What is left of Markdown when its code, spans and blocks, is taken out. CommonMark §4.5 and §6.1. */
export function outsideCode(markdown: string): string {
  return markdown
    .replace(/^(`{3,})[^\n]*\n[\s\S]*?\n\1$/gm, '')
    .replace(/(?<!`)(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, '');
}

/**
 * What of Markdown a forge would bring to life: mentions, references to issues, merge requests and commits, links
 * with and without a scheme, addresses for mail, pictures, HTML and entities.
 */
export function alive(markdown: string): string[] {
  const shapes = [
    /@[\w-]/,
    /(?:[a-z][a-z\d+.-]*:\/\/|mailto:|xmpp:)/i,
    /(?:^|[\s*_~(])www\./im,
    /!?\[[^\]]*\][([:]/,
    /<[a-z/!?]/i,
    /&(?:#\d+|#x[\da-f]+|[a-z]+);/i,
    /(?:^|[^\w])[#!$%~&]\d/,
    /\bgh-\d/i,
    /(?:^|[\s(])[\da-f]{7,64}(?=$|[\s.,:;)])/im,
  ];
  const text = outsideCode(markdown);
  return shapes.flatMap(shape => shape.exec(text)?.[0] ?? []);
}
