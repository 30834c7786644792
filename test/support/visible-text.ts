import { parseSync } from 'rolldown/utils';
import { type SyntaxNode, walk } from './house.ts';

/** Attributes whose value somebody sees, or hears. */
const SPOKEN =
  /^(?:aria-(?:label|description|placeholder|roledescription|valuetext)|alt|title|placeholder|label|description|hint|textValue)$/;

/**
 * Words that a view of the window shows and that stand in no catalogue: text between tags, texts given as a
 * child, and attributes that are seen or read aloud. `known` are names and terms that no language translates; an
 * example of an address is none either.
 */
export function looseWords(path: string, text: string, known: ReadonlySet<string> = new Set()): string[] {
  const found: string[] = [];
  const note = (words: unknown) => {
    const said = String(words).trim();
    if (/\p{L}/u.test(said) && !known.has(said) && !URL.canParse(said)) found.push(`${path}: ${said}`);
  };
  walk(parseSync(path, text).program as unknown as SyntaxNode, (node, parent) => {
    if (node.type === 'JSXText') note(node.value);
    if (node.type === 'JSXExpressionContainer' && isElement(parent)) texts(node.expression).forEach(note);
    if (node.type === 'JSXAttribute' && isSpoken(node)) texts(node.value).forEach(note);
  });
  return found;
}

function isElement(node: SyntaxNode | undefined): boolean {
  return node?.type === 'JSXElement' || node?.type === 'JSXFragment';
}

function isSpoken(attribute: SyntaxNode): boolean {
  return SPOKEN.test(String((attribute.name as { name?: unknown }).name));
}

/** The texts that an expression may turn out to be, as far as they are written there. */
function texts(value: unknown): string[] {
  const node = value as SyntaxNode | null | undefined;
  switch (node?.type) {
    case 'Literal':
      return typeof node.value === 'string' ? [node.value] : [];
    case 'JSXExpressionContainer':
    case 'TSAsExpression':
    case 'ParenthesizedExpression':
      return texts(node.expression);
    case 'TemplateLiteral':
      return (node.quasis as { value: { cooked: string } }[]).map(({ value: { cooked } }) => cooked);
    case 'ConditionalExpression':
      return [...texts(node.consequent), ...texts(node.alternate)];
    case 'LogicalExpression':
    case 'BinaryExpression':
      // What is compared is not shown.
      return /^(?:&&|\|\||\?\?|\+)$/.test(String(node.operator))
        ? [...texts(node.left), ...texts(node.right)]
        : [];
    default:
      return [];
  }
}
