import type { ExchangeId } from '../trace/event.ts';
import type { Stop, StopPlace } from './stop.ts';
import type { View } from './view.ts';

/**
 * `broken`: clients that follow the specification fail. `fragile`: some clients fail. `unsafe`: it works, and
 * should not. `note`: good to know.
 */
export type Severity = 'broken' | 'fragile' | 'unsafe' | 'note';

/** Two strings that ought to be one, to be shown character by character. */
export interface Comparison {
  /** Where each stands, as a phrase: "resource in the metadata". */
  seenIn: string;
  seen: string;
  expectedFrom: string;
  expected: string;
}

/** What a rule saw. */
export interface Sighting {
  /** One sentence: what is wrong here. */
  title: string;
  /** In plain words what it means and for whom. */
  detail: string;
  /** What the operator does, for the software recognized where that is known. */
  remedy?: string;
  /** `keybridge fix` with the target's URL writes the configuration that mends it. */
  fixable?: true;
  evidence: readonly ExchangeId[];
  comparison?: Comparison;
  /** Where it is better or worse than the rule as a whole. */
  severity?: Severity;
}

/** One rule of the catalogue. It judges an examination and does no I/O. */
export interface Check {
  /** As in the catalogue: `PRM-05`. */
  code: string;
  /** As in the catalogue: `html-200`. */
  name: string;
  severity: Severity;
  /** The specification's sections and threads it rests on: a title and an https URL each. */
  references: readonly Reference[];
  /** Codes it is a consequence of: where one of them is found too, this stands under it. */
  follows?: readonly string[];
  find(view: View): Iterable<Sighting>;
  /** For a general rule: it speaks after all others, of what stops somebody there and no other rule has spoken of. */
  last?: { place: StopPlace; speak(stop: Stop, view: View): Sighting };
}

export interface Reference {
  title: string;
  url: string;
}

/** A sighting with its rule's name; what follows from it stands under it. */
export interface Finding extends Sighting {
  code: string;
  name: string;
  severity: Severity;
  references: readonly Reference[];
  /** Clients that get no further because of it, by their titles; absent where none is known. */
  stops?: readonly string[];
  consequences: readonly Finding[];
}
