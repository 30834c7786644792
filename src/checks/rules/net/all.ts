import type { Check } from '../../check.ts';

export const NET: readonly Check[] = [];
