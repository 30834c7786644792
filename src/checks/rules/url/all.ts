import type { Check } from '../../check.ts';

export const URL: readonly Check[] = [];
