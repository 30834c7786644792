import type { ProbeKind } from '../checks/examination.ts';
import { ENDPOINT, RESOURCE } from './order.ts';

/** The parts of an examination that can be done again by themselves, named as the areas of the catalogue. */
export const STEPS = ['net', 'url', 'chl', 'prm', 'asm'] as const;
export type Step = (typeof STEPS)[number];

export function isStep(text: string): text is Step {
  return (STEPS as readonly string[]).includes(text);
}

/** Also where some clients look for the resource metadata though it must not be there. */
const ABOUT_RESOURCE: readonly ProbeKind[] = [...RESOURCE, 'fallback-resource'];
/** Where the way to the resource metadata begins. */
const OPENINGS: readonly ProbeKind[] = ['post-empty', 'post-initialize', 'post-modern'];

/**
 * Whether a question is part of a step or of the way there. A step asks what its rules look at: a challenge is
 * judged by whether the metadata is found without it.
 */
export function belongs(kind: ProbeKind, step: Step): boolean {
  switch (step) {
    case 'net':
      return ENDPOINT.includes(kind) || ['no-user-agent', 'resource-origin', 'resource-path'].includes(kind);
    case 'url':
      return ENDPOINT.includes(kind);
    case 'chl':
      return ENDPOINT.includes(kind) || ABOUT_RESOURCE.includes(kind);
    case 'prm':
      return OPENINGS.includes(kind) || ABOUT_RESOURCE.includes(kind);
    case 'asm':
      return !ENDPOINT.includes(kind) || OPENINGS.includes(kind);
  }
}
