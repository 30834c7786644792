import type { Check } from '../../check.ts';

export const CB: readonly Check[] = [];
