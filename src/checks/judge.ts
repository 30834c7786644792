import type { Check, Finding, Severity } from './check.ts';
import type { Examination } from './examination.ts';
import { View } from './view.ts';

const ORDER: readonly Severity[] = ['broken', 'unsafe', 'fragile', 'note'];

type Found = Finding & { follows: readonly string[] };

/**
 * What all rules say of an examination: root causes first, the worst first, and under each what follows from
 * it. A rule that fails is a fault of ours and must not cost the others.
 */
export function judge(
  examination: Examination,
  checks: readonly Check[],
  failed: (code: string, error: unknown) => void = () => {},
): Finding[] {
  const view = new View(examination);
  return arranged(checks.flatMap(check => foundBy(check, view, failed)));
}

/** The same for a process with other work: between two rules it waits for `pause`. */
export async function judgeInTurns(
  examination: Examination,
  checks: readonly Check[],
  pause: () => Promise<void> | undefined,
): Promise<Finding[]> {
  const view = new View(examination);
  const found: Found[] = [];
  for (const check of checks) {
    found.push(...foundBy(check, view, () => {}));
    await pause();
  }
  return arranged(found);
}

function foundBy(check: Check, view: View, failed: (code: string, error: unknown) => void): Found[] {
  const { code, name, severity, references, follows = [] } = check;
  const found: Found[] = [];
  try {
    for (const sighting of check.find(view))
      found.push({ severity, ...sighting, code, name, references, consequences: [], follows });
  } catch (error) {
    failed(code, error);
  }
  return found;
}

function arranged(found: readonly Found[]): Finding[] {
  const worst = new Map<string, Severity>();
  for (const { code, severity } of found) {
    const known = worst.get(code) ?? 'note';
    worst.set(code, ORDER.indexOf(severity) < ORDER.indexOf(known) ? severity : known);
  }
  const parents = new Map<string, string>();
  const stands = (code: string | undefined, under: string): boolean =>
    code !== undefined && (code === under || stands(parents.get(code), under));
  // What is only good to know is no cause of what fails.
  const isCause = (cause: string, code: string): boolean =>
    worst.has(cause) && (worst.get(cause) !== 'note' || worst.get(code) === 'note');
  for (const { code, follows } of found) {
    // Two rules that name each other must not both vanish: the one met first stays above.
    const parent = follows.find(each => isCause(each, code) && !stands(each, code));
    if (parent !== undefined) parents.set(code, parent);
  }
  const under = Map.groupBy(found, ({ code }) => parents.get(code));
  const nest = (parent: string | undefined): Finding[] => {
    const told = new Set<string>();
    return [...(under.get(parent) ?? [])]
      .sort((one, other) => ORDER.indexOf(one.severity) - ORDER.indexOf(other.severity))
      .map(({ follows: _, ...finding }) => {
        // Two sightings of one rule share what follows from the rule; it stands under the first.
        const isFirst = !told.has(finding.code);
        told.add(finding.code);
        return { ...finding, consequences: isFirst ? nest(finding.code) : [] };
      });
  };
  return nest(undefined);
}

/** All findings, those under others included. */
export function flat(findings: readonly Finding[]): Finding[] {
  return findings.flatMap(each => [each, ...flat(each.consequences)]);
}
