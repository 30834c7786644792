/** An element of a small XML document. */
export interface Element {
  name: string;
  attributes: Record<string, string>;
  children: Element[];
  text: string;
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/**
 * Reads a document of elements, attributes and text, strictly: what is not well-formed XML 1.0, or needs more
 * than that, is an error.
 */
export function parseXml(source: string): Element {
  const bad = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.exec(source);
  if (bad) throw new Error(`A character XML cannot carry at ${bad.index}`);
  const decode = (text: string) => {
    if (text.includes('<') || /&(?!(?:amp|lt|gt|quot|apos);)/.test(text) || text.includes(']]>'))
      throw new Error(`Not escaped: ${text.slice(0, 80)}`);
    return text.replace(/&(\w+);/g, (_, name: string) => ENTITIES[name] ?? '');
  };
  const body = source.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n/, '');
  if (body === source) throw new Error('No XML declaration');
  const top: Element = { name: '', attributes: {}, children: [], text: '' };
  const open = [top];
  const tag = /<(\/?)([\w-]+)((?:\s+[\w-]+="[^"<]*")*)\s*(\/?)>/gy;
  for (let at = 0; at < body.length; ) {
    const next = body.indexOf('<', at);
    const inner = open.at(-1) as Element;
    inner.text += decode(body.slice(at, next < 0 ? undefined : next));
    if (next < 0) break;
    tag.lastIndex = next;
    const [whole, closes, name = '', attributes = '', isEmpty] = tag.exec(body) ?? [];
    if (whole === undefined) throw new Error(`No tag: ${body.slice(next, next + 80)}`);
    at = next + whole.length;
    if (closes) {
      if (open.pop()?.name !== name) throw new Error(`</${name}> closes another`);
      continue;
    }
    const pairs = [...attributes.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, key = '', value = '']) => [
      key,
      decode(value),
    ]);
    if (new Set(pairs.map(([key]) => key)).size < pairs.length)
      throw new Error(`An attribute twice in ${name}`);
    const element: Element = { name, attributes: Object.fromEntries(pairs), children: [], text: '' };
    inner.children.push(element);
    if (!isEmpty) open.push(element);
  }
  const [root, ...more] = top.children;
  if (open.length !== 1 || !root || more.length > 0) throw new Error('Not one element with all else in it');
  return root;
}
