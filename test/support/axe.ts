import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** WCAG 2.2 up to AA, and what axe holds to be good besides. */
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

interface Violation {
  id: string;
  help: string;
  nodes: { target: string[]; html: string; failureSummary?: string }[];
}

/**
 * What axe finds on a page as it stands: one line for each place. `rules`: those only, where another run has
 * looked at the rest. It is given to the page by the debugger, which the page's policy does not bind.
 */
export async function judgePage(page: Page, rules?: readonly string[]): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(AXE);
  const only = rules ? { type: 'rule', values: rules } : { type: 'tag', values: TAGS };
  const violations = await page.evaluate(
    async runOnly => {
      const { axe } = globalThis as unknown as {
        axe: { run(on: Document, how: object): Promise<{ violations: Violation[] }> };
      };
      const options = { runOnly, resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } };
      return (await axe.run(document, options)).violations;
    },
    only as { type: string; values: string[] },
  );
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(
      ({ target, html, failureSummary = '' }) =>
        `${id}: ${help} — ${target.join(' ')} ${html.slice(0, 200)} ${failureSummary.split('\n').slice(1, 3).join(' ').trim()}`,
    ),
  );
}
