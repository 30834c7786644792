import type { Work } from '../base/work.ts';

/** A place in the tree: the characters that lead to it from the place above, and what follows. */
interface Node {
  label: string;
  children: Map<number, Node>;
  /** The secrets one of whose forms ends here; the first to come names it. */
  secrets: string[];
}

/** What the tree knows of the text from some place on. */
export interface Match {
  secret: string;
  /** Where the longest form that stands there ends, or the text that is only its beginning. */
  end: number;
}

const leaf = (label: string, secret: string): Node => ({ label, children: new Map(), secrets: [secret] });

/** How many characters the label has in common with the text at `at`. */
function common(label: string, text: string, at: number): number {
  const most = Math.min(label.length, text.length - at);
  let length = 0;
  while (length < most && label.charCodeAt(length) === text.charCodeAt(at + length)) length++;
  return length;
}

/**
 * Texts that are looked for, as a radix tree: to look at one place of a text costs as many comparisons as
 * characters agree there, however many texts there are.
 */
export class FormTree {
  readonly #root: Node = { label: '', children: new Map(), secrets: [] };

  add(form: string, secret: string): void {
    let node = this.#root;
    let at = 0;
    while (at < form.length) {
      const child = node.children.get(form.charCodeAt(at));
      if (!child) {
        node.children.set(form.charCodeAt(at), leaf(form.slice(at), secret));
        return;
      }
      const shared = common(child.label, form, at);
      at += shared;
      node = shared === child.label.length ? child : split(node, child, shared);
    }
    if (!node.secrets.includes(secret)) node.secrets.push(secret);
  }

  delete(form: string, secret: string): void {
    const path: Node[] = [this.#root];
    for (let at = 0; at < form.length; ) {
      const child = path.at(-1)?.children.get(form.charCodeAt(at));
      if (!child || common(child.label, form, at) < child.label.length) return;
      path.push(child);
      at += child.label.length;
    }
    const node = path.pop();
    const parent = path.pop();
    if (!node || !parent) return;
    node.secrets = node.secrets.filter(each => each !== secret);
    prune(parent, node);
    const above = path.pop();
    if (above) prune(above, parent);
  }

  /**
   * The longest form that begins at `start`; where the text was `cut`, also one whose beginning is all of the
   * rest, if that has `prefix` characters. Spends what it compares.
   */
  match(text: string, start: number, work: Work, cut: boolean, prefix: number): Match | undefined {
    let node = this.#root;
    let at = start;
    let best: Match | undefined;
    for (;;) {
      const child = node.children.get(text.charCodeAt(at));
      if (!child) break;
      const shared = common(child.label, text, at);
      at += shared;
      work.spend(shared + 4);
      if (shared < child.label.length) {
        if (cut && at === text.length && at - start >= prefix) best = { secret: anyOf(child), end: at };
        return best;
      }
      node = child;
      const [secret] = child.secrets;
      if (secret !== undefined) best = { secret, end: at };
    }
    const isBegun = cut && at === text.length && at - start >= prefix && node.children.size > 0;
    return isBegun && best?.end !== at ? { secret: anyOf(node), end: at } : best;
  }
}

/** Some secret whose form goes through this node. */
function anyOf(node: Node): string {
  let here = node;
  for (;;) {
    const [secret] = here.secrets;
    if (secret !== undefined) return secret;
    // Every node without a secret of its own has children.
    here = here.children.values().next().value as Node;
  }
}

/** Puts a node between the two, after `length` characters of the child's label. */
function split(parent: Node, child: Node, length: number): Node {
  const middle: Node = { label: child.label.slice(0, length), children: new Map(), secrets: [] };
  parent.children.set(child.label.charCodeAt(0), middle);
  child.label = child.label.slice(length);
  middle.children.set(child.label.charCodeAt(0), child);
  return middle;
}

/** Takes away a node that leads to no form, and joins one that only leads on to the next. */
function prune(parent: Node, node: Node): void {
  if (node.secrets.length > 0) return;
  if (node.children.size === 0) parent.children.delete(node.label.charCodeAt(0));
  if (node.children.size !== 1) return;
  const only = node.children.values().next().value as Node;
  only.label = node.label + only.label;
  parent.children.set(only.label.charCodeAt(0), only);
}
