import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Work } from '../../src/base/work.ts';
import { FormTree, type Match } from '../../src/trace/form-tree.ts';

const PREFIX = 3;
// Two letters, so that one form is often the beginning of another.
const word = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 8 });

/** What the tree is to find, by looking at one form after the other. */
function plainly(forms: ReadonlyMap<string, string>, text: string, start: number, cut: boolean) {
  const rest = text.slice(start);
  let end: number | undefined;
  for (const form of forms.keys()) {
    if (rest.startsWith(form)) end = Math.max(end ?? 0, start + form.length);
    else if (cut && rest.length >= PREFIX && form.startsWith(rest)) end = text.length;
  }
  return end;
}

it('the tree finds the longest form at each place, also after others have been taken out', () => {
  fc.assert(
    fc.property(
      fc.array(word, { maxLength: 12 }),
      fc.array(word, { maxLength: 12 }),
      word,
      word,
      fc.boolean(),
      (stay, go, one, two, cut) => {
        const tree = new FormTree();
        for (const form of [...stay, ...go]) tree.add(form, `the secret ${form}`);
        const forms = new Map(stay.map(form => [form, `the secret ${form}`]));
        for (const form of go) if (!forms.has(form)) tree.delete(form, `the secret ${form}`);
        const text = one + two;
        for (let start = 0; start < text.length; start++) {
          const found: Match | undefined = tree.match(text, start, new Work(1_000), cut, PREFIX);
          expect(found?.end).toBe(plainly(forms, text, start, cut));
          if (found) expect([...forms.values()]).toContain(found.secret);
        }
      },
    ),
    { numRuns: 500 },
  );
});

it('of two secrets with one form the first names it, and each can go without the other', () => {
  const tree = new FormTree();
  const found = () => tree.match('form', 0, new Work(100), false, PREFIX)?.secret;
  tree.add('form', 'first');
  tree.add('form', 'second');
  expect(found()).toBe('first');
  tree.delete('form', 'first');
  expect(found()).toBe('second');
  tree.delete('form', 'second');
  expect(found()).toBeUndefined();
});

it('a look costs as much work as characters agree', () => {
  const tree = new FormTree();
  for (let i = 0; i < 500; i++) tree.add(`${'a'.repeat(1_000)}${i}x`, String(i));
  const work = new Work(100);
  tree.match('aaab', 0, work, false, PREFIX);
  expect(work.isSpent).toBe(false);
  tree.match('a'.repeat(1_000), 0, work, false, PREFIX);
  expect(work.isSpent).toBe(true);
});
